import Testing
import Versions

@Suite("Semantic versions")
struct SemanticVersionTests {
  @Test(
    "what is no version is refused",
    arguments: [
      "", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3+a..b",
      "1.2.x", " 1.2.3", "1.2.3 ", "-1.2.3", "1.2.99999999999999999999", "1.2.3-ä",
    ])
  func refused(text: String) {
    #expect(SemanticVersion(text) == nil)
  }

  @Test(
    "a version reads back as it was written",
    arguments: [
      "0.0.0", "4.18.1", "1.34.1-5", "1.42.0-5+0.1687199951.p", "1.0.0-alpha.1.-x", "4.19.0-ec.3", "1.0.0+a-b.1",
    ])
  func roundTrip(text: String) {
    #expect(SemanticVersion(text)?.description == text)
  }

  /// Source: semver.org, item 11.
  @Test("versions stand in the order that the specification gives")
  func order() throws {
    let texts = [
      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
      "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
    ]
    let versions = try texts.map { try #require(SemanticVersion($0)) }
    for (place, version) in versions.enumerated() {
      for (other, later) in versions.enumerated() {
        #expect(version.precedes(later) == (place < other), "\(version) and \(later)")
      }
    }
  }

  @Test("build metadata has no part in the order")
  func build() throws {
    let first = try #require(SemanticVersion("1.0.0+1"))
    let second = try #require(SemanticVersion("1.0.0+2"))
    #expect(!first.precedes(second) && !second.precedes(first) && first != second)
  }
}
