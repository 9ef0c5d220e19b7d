import Testing
import Versions

@Suite("Version ranges")
struct VersionRangeTests {
  @Test(
    "a range holds for the versions that blang/semver lets through",
    arguments: [
      (">=1.0.0 <2.0.0", ["1.0.0", "1.9.9", "1.5.0-2", "2.0.0-rc.1"], ["0.9.9", "2.0.0", "1.0.0-1"]),
      ("1.2.3", ["1.2.3", "1.2.3+build"], ["1.2.4", "1.2.3-1"]),
      ("==1.2.3", ["1.2.3"], ["1.2.2"]),
      ("!=1.2.3", ["1.2.4"], ["1.2.3"]),
      ("!1.2.3", ["1.2.4"], ["1.2.3"]),
      ("> 1.2.3", ["1.2.4"], ["1.2.3"]),
      ("<1.0.0 || >=3.0.0 !=3.1.0", ["0.1.0", "3.0.0", "3.2.0"], ["1.0.0", "2.0.0", "3.1.0"]),
      ("1.2.x", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]),
      ("1.x", ["1.0.0", "1.99.0"], ["2.0.0", "0.9.0"]),
      ("1.x.x", ["1.0.5"], ["1.1.0"]),
      (">1.2.x", ["1.3.0"], ["1.2.9"]),
      ("<=1.2.x", ["1.2.9"], ["1.3.0"]),
      ("<1.x", ["0.9.0"], ["1.0.0"]),
      (">=1.2.x", ["1.2.0", "2.0.0"], ["1.1.9"]),
      ("!=1.2.x", [], ["1.1.0", "1.2.0", "1.3.0"]),
    ])
  func contained(text: String, inside: [String], outside: [String]) throws {
    let range = try #require(VersionRange(text))
    for version in inside { #expect(range.contains(try #require(SemanticVersion(version))), "\(version) in \(text)") }
    for version in outside { #expect(!range.contains(try #require(SemanticVersion(version))), "\(version) in \(text)") }
    #expect(range.description == text)
  }

  @Test(
    "what is no range is refused",
    arguments: [
      "", " ", "||", "1.0.0 ||", "|| 1.0.0", "1.0.0||2.0.0", "=>1.0.0", "1.0", "x", ">=", "1.*", "~1.0.0", "1.x.2",
      ">=1.0.0,<2.0.0", "v1.0.0", "1.99999999999999999999.x", "9223372036854775807.x",
      String(repeating: "1.0.0 ", count: 1000),
    ])
  func refused(text: String) {
    #expect(VersionRange(text) == nil)
  }
}
