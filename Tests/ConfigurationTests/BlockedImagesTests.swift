import Configuration
import Diagnostics
import Testing

@Suite struct BlockedImagesTests {
  @Test(arguments: [
    ("quay\\.io/blocked/.*", "quay.io/blocked/app:v1", "local/blocked/app:v1"),
    ("blocked", "docker://quay.io/blocked/app:v1", "x/y:v1"),
    ("^quay", "docker://quay.io/a/b:v1", "x/y:v1"),
    ("^mirror/ns/", "quay.io/a/b:v1", "docker://mirror/ns/b:v1"),
    (":v1$", "quay.io/a/b:v1", "x/y:v2"),
    ("(?i)QUAY", "quay.io/a/b:v1", "x/y:v2"),
  ])
  func aPatternBlocksByAnyPartOfEitherReference(pattern: String, origin: String, destination: String) throws {
    let rule = try blocked([pattern]).rule(blocking: origin, destination: destination)
    #expect(rule?.pattern == pattern)
    #expect(rule?.line == 5)
  }

  @Test(arguments: ["^docker", "^quay.io$", "v2", "^$"]) func otherImagesPass(pattern: String) throws {
    #expect(try blocked([pattern]).rule(blocking: "docker://quay.io/a/b:v1", destination: "x/y:v1") == nil)
  }

  @Test func theFirstRuleThatMatchesIsNamed() throws {
    let rule = try blocked(["none", "a/b", "quay"]).rule(blocking: "quay.io/a/b:v1", destination: "a/b:v1")
    #expect(rule?.pattern == "a/b")
    #expect(rule?.line == 6)
  }

  @Test func aPatternThatIsTooCostlyIsAnErrorAndNoAnswer() throws {
    let images = try blocked(["none", "^(a+)+$"])
    let origin = String(repeating: "a", count: 64) + ":v1"
    let error = #expect(throws: SealiftError.self) { try images.rule(blocking: origin, destination: "x/y:v1") }
    #expect(
      error?.problem
        == "isc.yaml:6:11: the pattern '^(a+)+$' is too costly to match with '\(origin)': match limit exceeded")
    #expect(error?.nextStep == "simplify it: repeat no group that holds a repetition")
    #expect(error?.code == .configuration)
  }

  private func blocked(_ patterns: [String]) throws -> BlockedImages {
    var text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  blockedImages:\n"
    for pattern in patterns { text += "  - name: '\(pattern)'\n" }
    return try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml").blockedImages
  }
}
