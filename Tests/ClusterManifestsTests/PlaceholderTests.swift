import ClusterManifests
import Diagnostics
import Testing
import YAML

@Suite struct PlaceholderTests {
  @Test(arguments: [
    ("sealift.target.invalid", "mirror.local:8443/ns"),
    ("sealift.target.invalid/a/b", "mirror.local:8443/ns/a/b"),
    ("sealift.target.invalid/a:v1", "mirror.local:8443/ns/a:v1"),
    ("sealift.target.invalid/a@\(Sample.payload)", "mirror.local:8443/ns/a@\(Sample.payload)"),
    ("sealift.target.invalid/a:v1@\(Sample.payload)", "mirror.local:8443/ns/a:v1@\(Sample.payload)"),
    ("sealift", "sealift"), ("target.invalid/a", "target.invalid/a"), ("", ""),
  ])
  func textThatBeginsWithTheHostIsFilledIn(text: String, filled: String) throws {
    #expect(try fill("\"\(text)\"") == .string(filled))
  }

  @Test(arguments: [
    "\"https://sealift.target.invalid/a\"", "\"x sealift.target.invalid\"", "\"sealift.target.invalid:8443/a\"",
    "\"sealift.target.invalidx/a\"", "\"sealift.target.invalid/\"", "\"sealift.target.invalid/../a\"",
    "\"sealift.target.invalid/a b\"", "\"sealift.target.invalid/a sealift.target.invalid/b\"",
    "\"sealift.target.invalid/a/sealift.target.invalid\"", "\"sealift.target.invalid/a:\"",
    "\"sealift.target.invalid/a@sha256:00\"", "\"sealift.target.invalid//a\"", "\"sealift.target.invalid\\u0301/a\"",
    "\"sealift.target.invalid/a\\nb\"", "{sealift.target.invalid/a: b}", "{a: {sealift.target.invalid: b}}",
    "[a, [x/sealift.target.invalid]]",
  ])
  func theHostAnywhereElseIsRefused(value: String) {
    let error = #expect(throws: SealiftError.self) { try fill(value) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains("A/a.yaml") == true)
  }

  @Test func keysAndOtherValuesStayAsTheyAre() throws {
    let value = try fill("{z: 1, b: {c: [sealift.target.invalid/x, \"1\", ~, 4.18]}}")
    #expect(
      value == [
        "b": ["c": ["mirror.local:8443/ns/x", "1", .plain("~"), .plain("4.18")]], "z": .plain("1"),
      ])
  }

  @Test func aTargetMayRenameRepositories() throws {
    let file = try file("sealift.target.invalid/a/b/c:v1")
    let target = MirrorTarget(registry: "r") { $0.replacing("/", with: "-") }
    #expect(try Placeholder.fill(file, for: target).object["value"] == "r/a-b-c:v1")
  }

  @Test func aTargetOfTheSameNameIsRefused() throws {
    let file = try file("sealift.target.invalid/a")
    let target = MirrorTarget(registry: "sealift.target.invalid") { $0 }
    #expect(throws: SealiftError.self) { try Placeholder.fill(file, for: target) }
  }

  private func fill(_ value: String) throws -> YAMLValue? {
    try Placeholder.fill(file(value), for: Sample.target).object["value"]
  }

  private func file(_ value: String) throws -> ClusterManifest {
    try ClusterManifest(Array("kind: A\nmetadata: {name: a}\nvalue: \(value)\n".utf8), source: "template")
  }
}
