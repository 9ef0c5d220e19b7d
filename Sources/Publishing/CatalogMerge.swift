internal import Diagnostics
internal import Digests
public import JSON

/// A catalog of a bundle that offers, at the target, what earlier bundles have brought under its name too.
///
/// Source: `formats/receipt.schema.json`, `merged`.
public struct CatalogMerge: Sendable, Equatable {
  /// The names of its image, `repository:tag`, sorted.
  let names: [String]
  /// The image that the bundle brings.
  let own: Digest
  /// The images that earlier bundles have brought, sorted.
  let earlier: [Digest]
  /// The image of all.
  let digest: Digest
  /// The packages that only the earlier ones have, sorted.
  let addedPackages: [String]
  /// What has no place in it: one sentence each.
  let lost: [String]

  /// A few sentences about it.
  public var text: String {
    let added = addedPackages.isEmpty ? "" : ", with \(addedPackages.joined(separator: ", ")) of what was there"
    let earlier = earlier.map(\.description).joined(separator: " and ")
    return "\(names.joined(separator: ", ")): \(own) is merged with \(earlier), as \(digest)\(added)"
      + lost.map { "; \($0)" }.joined()
  }

  /// The merge as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("addedPackages", .array(addedPackages.map { .string($0) })), .init("digest", .string(digest.description)),
      .init("earlier", .array(earlier.map { .string($0.description) })),
      .init("lost", .array(lost.map { .string($0) })),
      .init("names", .array(names.map { .string($0) })), .init("own", .string(own.description)),
    ])
  }
}

extension CatalogMerge {
  /// The error where nothing may be replaced.
  static func refusal(_ lost: [String]) -> SealiftError? {
    guard let first = lost.first else { return nil }
    return SealiftError(
      .configuration, "\(first)\(lost.count > 1 ? ", and \(lost.count - 1) more would go" : "")",
      nextStep: "pack one bundle with all that is to be offered, or leave out --no-replace, if that may go")
  }
}
