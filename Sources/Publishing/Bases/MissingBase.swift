internal import BundleFormat
internal import Diagnostics
internal import Digests
public import JSON
internal import OCI

/// What a target lacks of a bundle that another one rests on.
///
/// Source: `formats/receipt.schema.json`, `missing`.
public struct MissingBase: Sendable {
  /// The bundle that brings it.
  let base: BundleIndex.Base
  /// What is not there, sorted by digest.
  let blobs: [Descriptor]
  /// Those of them that are there, and are other bytes.
  let damaged: Set<Digest>
  /// The names of the images that need it, as they were asked for, sorted.
  let images: [String]
  /// Whether older bundles were at hand that do not have it either.
  let wasSought: Bool

  // A person reads no more of them; the receipt has all.
  private static let shown = 3

  /// The error, in a few words.
  ///
  /// - Parameter outcome: What has not been done.
  func error(_ outcome: String) -> SealiftError {
    let bytes = blobs.reduce(0) { $0 + $1.size }.asBytes
    let count = blobs.count == 1 ? "1 blob" : "\(blobs.count) blobs"
    let names = images.prefix(Self.shown).joined(separator: ", ")
    let more = images.count > Self.shown ? " and \(images.count - Self.shown) more images" : ""
    let damage = damaged.isEmpty ? "" : "; \(damaged.count) of them are there, and damaged"
    let sought = wasSought ? "; no file of --base has them" : ""
    return SealiftError(
      .baseMissing,
      "the target lacks \(count) (\(bytes)) that \(base.name) (\(base.id), of \(base.created)) brings, for \(names)\(more)"
        + "\(damage)\(sought); \(outcome)",
      nextStep: damaged.isEmpty
        ? "unpack that bundle first, or pass its file with --base FILE, or leave these images out with --except"
        : "take the damaged blobs out of the target's storage, then unpack that bundle again")
  }

  /// What is missing as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("base", base.summary),
      .init(
        "blobs",
        .array(
          blobs.map { blob in
            .object([
              .init("damaged", .boolean(damaged.contains(blob.digest))),
              .init("digest", .string(blob.digest.description)), .init("size", .integer(blob.size)),
            ])
          })),
      .init("images", .array(images.map { .string($0) })),
    ])
  }
}

extension MissingBase {
  /// Held blobs by the bundle that brings them, the first one that is known to.
  ///
  /// - Parameters:
  ///   - numbers: Their places in the index's `held`.
  ///   - damaged: Those of them that are there, and are other bytes.
  ///   - wasSought: Whether older bundles were at hand that do not have them either.
  static func grouped(
    _ numbers: [Int], of index: BundleIndex, _ plan: PublishPlan, damaged: Set<Int> = [], wasSought: Bool = false
  ) -> [MissingBase] {
    let places = index.basePlaces
    let groups = Dictionary(grouping: numbers) { places[index.held[$0].places[0]].base }
    return groups.sorted { $0.key < $1.key }.map { base, numbers in
      let users = Set(numbers.flatMap { plan.heldBlob($0)?.images ?? [] })
      return MissingBase(
        base: index.bases[base],
        blobs: numbers.map { index.held[$0].descriptor }.sorted { $0.digest < $1.digest },
        damaged: Set(numbers.filter(damaged.contains).map { index.held[$0].descriptor.digest }),
        images: Set(users.map { plan.images[$0].entry.source }).sorted(), wasSought: wasSought)
    }
  }
}

extension [MissingBase] {
  private static var shown: Int { 10 }

  /// The error for all of it; `nil` if nothing is missing.
  func failure(_ outcome: String = "nothing was sent") -> SealiftError? {
    var errors = prefix(Self.shown).map { $0.error(outcome) }
    guard !errors.isEmpty else { return nil }
    if count > Self.shown {
      errors.append(
        SealiftError(
          .baseMissing, "the target lacks blobs that \(count - Self.shown) more bundles bring; \(outcome)",
          nextStep: "look at `missing` in the receipt (--receipt FILE), or in the output of --dry-run --json"))
    }
    return errors[0].followed(by: [SealiftError](errors.dropFirst()))
  }
}

extension BundleIndex.Base {
  /// Which bundle it is, as JSON.
  var summary: JSONValue {
    .object([
      .init("created", .string(created)), .init("id", .string(id.description)), .init("name", .string(name)),
    ])
  }
}
