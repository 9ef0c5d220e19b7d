import Diagnostics
import Testing

@Suite struct UserInfoTests {
  @Test(arguments: [
    ("user:pw@quay.io/team/app:v1", "…@quay.io/team/app:v1"),
    ("user@quay.io/team/app:v1", "…@quay.io/team/app:v1"),
    ("docker://user:p@w@quay.io/app:v1", "docker://…@quay.io/app:v1"),
    ("user:p/w@quay.io/app:v1", "…@quay.io/app:v1"),
    ("user:pw@localhost:5000", "…@localhost:5000"),
    ("https://user:pw@host", "https://…@host"),
    ("user:pw@quay.io/app@sha256:00", "…@quay.io/app@sha256:00"),
  ]) func whatStandsBeforeTheHostIsLeftOut(text: String, shown: String) {
    #expect(text.withoutUserInfo == shown)
  }

  @Test(arguments: [
    "quay.io/team/app:v1", "quay.io/app@sha256:00", "app@sha512:00", "quay.io:443/app:v1@sha256:aa", "app@md5:00",
    "nginx@latest", "quay.io/app@latest", "", "host:5000", "https://host/a/b",
  ]) func whatHoldsNoneIsLeftAsItIs(text: String) {
    #expect(text.withoutUserInfo == nil)
  }

  @Test func anErrorShowsNone() {
    let error = SealiftError(
      .usage, "'https://user:pw@host/x' and http://a:b@c:1, not https://host/x@y or a@b", nextStep: "ask ftp://u:p@h")
    #expect(error.problem == "'https://…@host/x' and http://…@c:1, not https://host/x@y or a@b")
    #expect(error.nextStep == "ask ftp://…@h")
  }
}
