public import Content
public import Diagnostics
internal import Digests
public import JSON

/// What `delete --execute` did at a target.
///
/// Source: `formats/delete-receipt.schema.json`.
public struct DeletionReceipt: Sendable {
  /// The target as it was named.
  public let target: String
  /// The digest of the list.
  public let list: String
  /// What the list names and what stays, because a receipt that was named now needs it.
  public let kept: [GeneratedDeletion.Kept]
  /// Why the run failed, if it did.
  public internal(set) var failure: String?
  /// What came of each manifest.
  public var manifests: [ManifestPlace: Event.Outcome] = [:]

  init(target: String, list: Digest, kept: [GeneratedDeletion.Kept]) {
    self.target = target
    self.list = list.description
    self.kept = kept
  }

  /// How many manifests ended so.
  public func count(_ outcome: Event.Outcome) -> Int { manifests.values.count { $0 == outcome } }

  /// The receipt as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("apiVersion", .string("sealift/deletion/v1")), .init("failure", failure.map { .string($0) } ?? .null),
      .init("kept", .array(kept.map(\.json))), .init("list", .string(list)),
      .init(
        "manifests",
        .array(
          manifests.sorted { $0.key < $1.key }.map { place, outcome in
            .object([
              .init("digest", .string(place.digest.description)), .init("outcome", .string(outcome.rawValue)),
              .init("repository", .string(place.repository)),
            ])
          })),
      .init("target", .string(target)),
    ])
  }
}

extension GeneratedDeletion.Kept {
  /// It as JSON, in a fixed order.
  public var json: JSONValue {
    .object([.init("imageReference", .string(reference)), .init("neededBy", .string(neededBy))])
  }
}
