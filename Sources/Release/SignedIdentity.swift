internal import Diagnostics
internal import Digests
internal import JSON

/// What a release signature signs: "this payload is what we released".
///
/// Source: containers-signature(5), "Format".
struct SignedIdentity: Equatable {
  private static let kind = "atomic container signature"

  /// The digest of the payload.
  let digest: Digest
  /// The name that it was released under; where it is pulled from is never taken from here.
  let reference: String

  /// Reads the signed text, whose signature was checked before.
  ///
  /// - Throws: `untrusted` for anything else than the format says; only what stands under `optional` may be new.
  init(_ text: [UInt8], source: String) throws(SealiftError) {
    let value = try JSONReader.value(text, source: "the text of \(source)", code: .untrusted)
    let reader = Reader(source: source)
    try reader.checkMembers(of: value, "the text", required: ["critical"], optional: ["optional"])
    let critical = value["critical"]
    try reader.checkMembers(of: critical, "critical", required: ["identity", "image", "type"])
    try reader.checkMembers(of: critical?["image"], "critical.image", required: ["docker-manifest-digest"])
    try reader.checkMembers(of: critical?["identity"], "critical.identity", required: ["docker-reference"])
    guard critical?["type"]?.text == Self.kind else { throw reader.failure("signs something that is no image") }
    guard let reference = critical?["identity"]?["docker-reference"]?.text, !reference.isEmpty else {
      throw reader.failure("names no image")
    }
    guard let text = critical?["image"]?["docker-manifest-digest"]?.text, let digest = try? Digest(text) else {
      throw reader.failure("names no SHA-256 digest")
    }
    self.digest = digest
    self.reference = reference
  }

  private struct Reader {
    let source: String

    func checkMembers(
      of value: JSONValue?, _ name: String, required: Set<String>, optional: Set<String> = []
    ) throws(SealiftError) {
      guard let members = value?.members else { throw failure("has no object where \(name) is expected") }
      let names = Set(members.map(\.name))
      if let missing = required.subtracting(names).min() { throw failure("has no '\(missing)' in \(name)") }
      if let unknown = names.subtracting(required).subtracting(optional).min() {
        throw failure("has an unknown '\(unknown)' in \(name)")
      }
    }

    func failure(_ problem: String) -> SealiftError {
      SealiftError(.untrusted, "\(source) \(problem)", nextStep: "ask its publisher what was signed there")
    }
  }
}
