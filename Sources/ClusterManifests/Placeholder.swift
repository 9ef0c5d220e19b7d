public import Diagnostics
internal import Digests
internal import OCI
internal import YAML

/// The host that stands in templates for the target, which nobody knows when a bundle is packed.
///
/// Source: `formats/manifests.md`, "Templates"; RFC 2606, section 2: no name under `.invalid` will ever exist.
public enum Placeholder {
  /// The host.
  public static let host = "sealift.target.invalid"

  /// What stands in a template for a path of the bundle.
  static func reference(_ path: String) -> String { path.isEmpty ? host : "\(host)/\(path)" }

  /// The object of a template with the target in place of the host.
  ///
  /// Only text that begins with the host is replaced, and it must be the host alone or a reference to an image.
  ///
  /// - Throws: `corrupt` if the host stands anywhere else.
  public static func fill(_ template: ClusterManifest, for target: MirrorTarget) throws(SealiftError) -> ClusterManifest
  {
    ClusterManifest(try fill(template.object, of: template.path, for: target), isForeign: template.isForeign)
  }

  private static func fill(
    _ value: YAMLValue, of file: String, for target: MirrorTarget
  ) throws(SealiftError) -> YAMLValue {
    switch value {
    case .plain(let text):
      try refuse(text, of: file)
      return value
    case .string(let text): return .string(try fill(text, of: file, for: target))
    case .sequence(let elements):
      var filled: [YAMLValue] = []
      for element in elements { filled.append(try fill(element, of: file, for: target)) }
      return .sequence(filled)
    case .mapping(let entries):
      var filled: [YAMLValue.Entry] = []
      for entry in entries {
        try refuse(entry.key, of: file)
        filled.append(.init(entry.key, try fill(entry.value, of: file, for: target)))
      }
      return .mapping(filled)
    }
  }

  private static func fill(
    _ text: String, of file: String, for target: MirrorTarget
  ) throws(SealiftError) -> String {
    guard text == host || text.hasPrefix(host + "/") else {
      try refuse(text, of: file)
      return text
    }
    let path = String(text.dropFirst(host.count + 1))
    let end = path.firstIndex { $0 == ":" || $0 == "@" } ?? path.endIndex
    let (repository, suffix) = (String(path[..<end]), String(path[end...]))
    guard text == host || (ImageReference.isRepository(repository) && isSuffix(suffix)) else {
      throw misplaced(text, of: file)
    }
    let filled = target(repository) + suffix
    try refuse(filled, of: file)
    return filled
  }

  /// Whether `text` is nothing, `:tag`, `@digest` or both.
  private static func isSuffix(_ text: String) -> Bool {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let isTag = parts[0].isEmpty || (parts[0].hasPrefix(":") && ImageReference.isTag(String(parts[0].dropFirst())))
    return isTag && (parts.count == 1 || (try? Digest(String(parts[1]))) != nil)
  }

  private static func refuse(_ text: String, of file: String) throws(SealiftError) {
    // By bytes: as characters, a combining mark behind the host would hide it.
    if text.utf8.firstRange(of: host.utf8) != nil { throw misplaced(text, of: file) }
  }

  private static func misplaced(_ text: String, of file: String) -> SealiftError {
    SealiftError(
      .corrupt,
      "the template \(file) holds the placeholder \(host) where it cannot be filled in: '\(text.prefix(100))'",
      nextStep: "pack the bundle again with the version of Sealift that made it, and report this")
  }
}
