internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
public import JSON
internal import OCI

/// What a bundle rests on, as it was found at a target.
public struct HeldReport: Sendable {
  /// The bundles that have brought it.
  let bases: [BundleIndex.Base]
  /// How many blobs the wanted images need of them.
  public let blobs: Int
  /// The bytes of these, each once.
  public let bytes: Int
  /// What the target lacks; `nil` if it could not be asked.
  let found: [MissingBase]?

  init(_ index: BundleIndex, _ plan: PublishPlan, _ held: HeldBlobs?) {
    bases = index.bases
    let wanted = plan.heldRange.compactMap { plan.heldBlob($0)?.descriptor }
    blobs = wanted.count
    bytes = wanted.reduce(0) { $0 + $1.size }
    found = held?.missing
  }

  /// What the target lacks.
  public var missing: [MissingBase] { found ?? [] }

  // Whoever wants all of a long chain asks the bundle itself.
  private static var shown: Int { 5 }

  /// A line for each of the bundles, the newest first, and one for what is left out.
  public var lines: [String] {
    let newest = bases.sorted { ($1.created, $0.name) < ($0.created, $1.name) }
    let rest = bases.count - Self.shown
    return newest.prefix(Self.shown).map { "\($0.name) (\($0.id), of \($0.created))" }
      + (rest > 0 ? ["and \(rest) more: see `sealift inspect`"] : [])
  }

  /// One sentence about what was found.
  public var text: String {
    let all = "\(blobs) \(blobs == 1 ? "blob" : "blobs"), \(bytes.asBytes)"
    guard let found else { return "\(all), not looked for" }
    let lacking = found.reduce(0) { $0 + $1.blobs.count }
    return lacking == 0 ? "\(all), all found" : "\(all), \(lacking) of them missing"
  }

  /// The same as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("bases", .array(bases.map(\.summary))), .init("blobs", .integer(blobs)), .init("bytes", .integer(bytes)),
      .init("missing", found.map { .array($0.map(\.json)) } ?? .null),
    ])
  }
}
