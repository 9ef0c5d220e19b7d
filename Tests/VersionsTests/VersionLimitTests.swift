import Testing
import Versions

struct VersionLimitTests {
  @Test(
    "A limit is written with or without a v, and with one to three numbers",
    arguments: [
      ("4.18.1", "4.18.1"), ("v4.18.1", "4.18.1"), ("V1.2.3-rc.1+b", "1.2.3-rc.1+b"), ("4.18", "4.18"), ("v4", "4"),
      ("0.0", "0.0"),
    ])
  func reads(_ text: String, _ description: String) {
    #expect(VersionLimit(text)?.description == description)
  }

  @Test(arguments: [
    "", "v", "vv1.2.3", "4.", ".4", "4..1", "4.18.1.2", "04.1", "4.x", "4.18-rc.1", "4.18+b", ">=4.18", "latest", "-1",
    " 4",
  ])
  func refuses(_ text: String) { #expect(VersionLimit(text) == nil) }

  @Test(
    "Numbers that are not written stand for any",
    arguments: [
      ("4.18", "4.17.99", true, false), ("4.18", "4.18.0-rc.1", false, false), ("4.18", "4.18.0", false, false),
      ("4.18", "4.18.99", false, false), ("4.18", "4.19.0-ec.1", false, true), ("4", "3.9.9", true, false),
      ("4", "4.99.1", false, false), ("4", "5.0.0", false, true), ("4.18.1", "4.18.1", false, false),
      ("4.18.1", "4.18.1-rc.1", true, false), ("4.18.1", "4.18.2", false, true),
    ])
  func compares(_ limit: String, _ version: String, _ follows: Bool, _ precedes: Bool) throws {
    let limit = try #require(VersionLimit(limit))
    let version = try #require(SemanticVersion(version))
    #expect(limit.follows(version) == follows)
    #expect(limit.precedes(version) == precedes)
  }

  @Test func onlyAWholeVersionIsExact() {
    #expect(VersionLimit("v4.18.1")?.exact == SemanticVersion("4.18.1"))
    #expect(VersionLimit("4.18")?.exact == nil)
    #expect(VersionLimit("4.18")?.version == SemanticVersion("4.18.0"))
  }
}
