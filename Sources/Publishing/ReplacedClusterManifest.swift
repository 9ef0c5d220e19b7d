internal import ClusterManifests
internal import Diagnostics
internal import Digests
public import JSON
internal import SystemIO

/// An object that another bundle had put into the directory of manifests, and that goes or says less now.
///
/// Source: `formats/receipt.schema.json`, `clusterManifests.replaced`.
public struct ReplacedClusterManifest: Sendable, Equatable {
  /// The file in the directory.
  public let file: String
  /// The id of the bundle that had put it there.
  public let bundle: String
  /// Whether this bundle was planned before that one; `nil` if at the same time.
  let isStepBack: Bool?
  /// Whether nothing takes its place.
  let isRemoved: Bool
  /// Of a mirror set: the sources that have no mirror any more, sorted.
  let lostSources: [String]

  /// One sentence about it.
  public var text: String {
    let age = isStepBack.map { $0 ? ", which is newer," : ", which is older," } ?? ""
    let lost = lostSources.isEmpty ? "" : "; no mirrors are left of \(lostSources.joined(separator: ", "))"
    return "\(file) of the bundle \(bundle)\(age) is \(isRemoved ? "removed" : "replaced")\(lost)"
  }

  /// The object as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("bundle", .string(bundle)), .init("file", .string(file)),
      .init("isRemoved", .boolean(isRemoved)), .init("isStepBack", isStepBack.map { .boolean($0) } ?? .null),
      .init("lostSources", .array(lostSources.map { .string($0) })),
    ])
  }
}

extension [ReplacedClusterManifest] {
  /// The error where nothing may be replaced.
  var refusal: SealiftError? {
    guard let first else { return nil }
    return SealiftError(
      .configuration, "\(first.text)\(count > 1 ? ", and \(count - 1) more would be" : "")",
      nextStep: "name another directory with --manifests, or leave out --no-replace")
  }
}

extension OwnDirectory {
  /// What of another bundle goes when files are written.
  ///
  /// - Parameters:
  ///   - bundle: The id of the bundle that they are of, and when it was planned.
  ///   - merged: Images of catalogs that offer what the bundle before has brought, too.
  func replaced(
    by files: [String: [UInt8]], of bundle: (id: String, created: String), merged: [Digest]
  ) throws(SealiftError) -> [ReplacedClusterManifest] {
    guard let marker, marker.bundle != bundle.id else { return [] }
    let isStepBack = marker.created == bundle.created ? nil : bundle.created < marker.created
    var replaced: [ReplacedClusterManifest] = []
    for name in marker.files.keys.sorted() where ClusterManifest.isApplied(name) && FileSystem.exists("\(path)/\(name)")
    {
      let before = try FileSystem.read("\(path)/\(name)", limit: Self.maximumBytes)
      let lost = Set(Self.sources(before)).subtracting(files[name].map(Self.sources) ?? []).sorted()
      let isCatalog = Self.isCatalog(name) && !merged.contains { Self.names($0, files[name]) }
      guard files[name] == nil || !lost.isEmpty || isCatalog && files[name] != before else { continue }
      replaced.append(
        .init(
          file: name, bundle: marker.bundle, isStepBack: isStepBack, isRemoved: files[name] == nil, lostSources: lost))
    }
    return replaced
  }

  private static func isCatalog(_ name: String) -> Bool {
    name.hasPrefix("CatalogSource/") || name.hasPrefix("ClusterCatalog/")
  }

  private static func names(_ digest: Digest, _ file: [UInt8]?) -> Bool {
    file.map { String(decoding: $0, as: UTF8.self).contains("@\(digest)\n") } ?? false
  }

  /// The sources of a mirror set, each in a line of its own as this program writes it.
  private static func sources(_ bytes: [UInt8]) -> [String] {
    let prefix = "    source: "
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix(prefix) }.map {
      String($0.dropFirst(prefix.count))
    }
  }
}
