internal import BundleFormat
public import Content
public import Diagnostics
internal import Digests
public import JSON
internal import OCI
internal import Signing
internal import SystemIO

/// What `unpack` did at a target, for people and for later commands.
///
/// Source: `formats/receipt.schema.json`.
public struct Receipt: Sendable {
  struct Content: Sendable {
    let descriptor: Descriptor
    let repository: String
    let outcome: Event.Outcome
  }

  struct Tag: Sendable {
    let name: String
    let digest: Digest
    let outcome: Event.Outcome
  }

  /// The id of the bundle.
  public let bundle: String
  /// The name of its file, without directories; `nil` from a pipe.
  let bundleName: String?
  /// When it was planned.
  let created: String
  /// The target as it was asked for; `nil` where only files were wanted.
  public let target: String?
  /// The ids of the trusted keys that signed the bundle.
  public let signers: [String]
  /// What the signatures of the bundle's releases were worth at the target.
  public let releases: [ReleaseFinding]
  /// The cluster manifests that were written, if they were.
  public internal(set) var clusterManifests: WrittenClusterManifests?
  /// The files that are in their directory, if they were wanted.
  public internal(set) var files: UnpackedFiles?
  /// Why the run failed, if it did.
  public var failure: String?
  var blobs: [Content] = []
  var manifests: [Content] = []
  /// The catalogs that offer what earlier bundles have brought, too.
  public internal(set) var merged: [CatalogMerge] = []
  var tags: [Tag] = []
  /// What the target lacks of what the bundle rests on: no tag was set then.
  public internal(set) var missing: [MissingBase] = []
  /// What the target did not take.
  public internal(set) var refused: [Refusal] = []
  /// The images of the bundle that were not wanted, as the target would call them.
  public internal(set) var leftOut: [String] = []
  /// The lists that were made anew.
  public internal(set) var rewritten: [RewrittenList] = []
  /// The tags that stood for something else before.
  public internal(set) var replaced: [Replacement] = []

  init(_ verified: VerifiedIndex, of name: String?, target: String?, releases: [ReleaseFinding]) {
    bundle = verified.id.description
    bundleName = name
    created = verified.index.created
    self.target = target
    signers = verified.verdict.signers.sorted().map { $0.description }
    self.releases = releases
  }

  /// How many blobs, counted once for each repository, ended so, and their bytes.
  public func blobs(_ outcome: Event.Outcome) -> (count: Int, bytes: Int) {
    let chosen = blobs.filter { $0.outcome == outcome }
    return (chosen.count, chosen.reduce(0) { $0 + $1.descriptor.size })
  }

  /// How many tags stand for what they should.
  public var tagCount: Int { tags.count }

  /// The receipt as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("apiVersion", .string("sealift/receipt/v1")),
      .init("blobs", .array(blobs.sorted(by: Self.order).map(Self.value))),
      .init("bundle", .string(bundle)),
      .init("bundleName", bundleName.map { .string($0) } ?? .null),
      .init("carriedFiles", files.map(\.json) ?? .null),
      .init("clusterManifests", clusterManifests.map(\.json) ?? .null),
      .init("created", .string(created)),
      .init("failure", failure.map { .string($0) } ?? .null),
      .init("leftOut", .array(leftOut.sorted().map { .string($0) })),
      .init("manifests", .array(manifests.sorted(by: Self.order).map(Self.value))),
      .init("merged", .array(merged.map(\.json))),
      .init("missing", .array(missing.map(\.json))),
      .init("refused", .array(refused.sorted { $0.name < $1.name }.map(\.json))),
      .init("releases", .array(releases.map(\.json))),
      .init("replaced", .array(replaced.sorted { $0.name < $1.name }.map(\.json))),
      .init("rewritten", .array(rewritten.sorted { $0.name < $1.name }.map(\.json))),
      .init("signers", .array(signers.map { .string($0) })),
      .init(
        "tags",
        .array(
          tags.sorted { $0.name < $1.name }.map { tag in
            .object([
              .init("digest", .string(tag.digest.description)), .init("name", .string(tag.name)),
              .init("outcome", .string(tag.outcome.rawValue)),
            ])
          })),
      .init("target", target.map { .string($0) } ?? .null),
    ])
  }

  private static func order(_ left: Content, _ right: Content) -> Bool {
    (left.repository, left.descriptor.digest) < (right.repository, right.descriptor.digest)
  }

  private static func value(_ content: Content) -> JSONValue {
    .object([
      .init("digest", .string(content.descriptor.digest.description)),
      .init("mediaType", .string(content.descriptor.mediaType.rawValue)),
      .init("outcome", .string(content.outcome.rawValue)), .init("repository", .string(content.repository)),
      .init("size", .integer(content.descriptor.size)),
    ])
  }
}

extension ReleaseFinding {
  /// The finding as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("architecture", .string(architecture)), .init("digest", .string(digest)),
      .init("keys", .array(keys.map { .string($0) })), .init("outcome", .string(outcome.rawValue)),
      .init("version", .string(version)),
    ])
  }
}

extension WrittenClusterManifests {
  /// The list as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("applied", applied.map { .array($0.map(\.json)) } ?? .null), .init("directory", .string(directory)),
      .init("files", .array(files.map { .string($0) })), .init("replaced", .array(replaced.map(\.json))),
    ])
  }
}

extension AppliedClusterManifest {
  /// The outcome as JSON, in a fixed order.
  fileprivate var json: JSONValue {
    .object([
      .init("file", .string(file)), .init("isApplied", .boolean(isApplied)), .init("result", .string(result)),
    ])
  }
}
