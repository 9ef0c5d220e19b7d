public import BundleFormat
internal import ClusterManifests
public import Diagnostics
public import Digests

/// What the cluster manifests of a bundle hold, as their text says and not as their paths do.
public struct TemplateObjects: Sendable {
  /// One object.
  struct Object: Sendable {
    var kind: String
    var name: String
    var namespace: String?
    var grants: String?
  }

  private var objects: [Digest: Object] = [:]

  /// None yet.
  public init() {}

  /// Those of a bundle whose head lies in a store.
  public init(_ index: BundleIndex, in store: MetadataStore) throws(SealiftError) {
    for file in index.templateFiles { add(file.digest, try store.required(file.digest)) }
  }

  /// Notes what a manifest holds.
  public mutating func add(_ digest: Digest, _ bytes: [UInt8]) {
    guard let file = try? ClusterManifest(bytes, source: "a manifest", isForeign: true) else { return }
    objects[digest] = Object(
      kind: file.kind, name: file.name, namespace: file.namespace, grants: file.power?.rawValue)
  }

  /// The object of a manifest; where its text is not known, or is none, what the path says.
  subscript(file: BundleIndex.HeadFile) -> Object {
    objects[file.digest]
      ?? Object(
        kind: file.kind, name: file.objectName, namespace: nil,
        grants: KindPower(kind: file.kind)?.rawValue ?? "cannot be read as one object")
  }
}
