public import BundleFormat
internal import ClusterManifests
public import Diagnostics
internal import Digests

extension [BundleContents.Template] {
  /// Those of a bundle, as their paths say.
  init(_ index: BundleIndex) {
    let carried = Dictionary(index.carriedObjects.map { ($0.path, $0) }) { first, _ in first }
    self = index.templateFiles.map { Element($0, carried[$0.path]) }
  }

  /// Those of a bundle whose head lies in a store, as their texts say.
  public init(_ index: BundleIndex, in store: MetadataStore) throws(SealiftError) {
    self.init(index)
    for place in indices { self[place].take(try store.required(self[place].digest)) }
  }

  /// Takes the text of a template, whatever its path says.
  mutating func take(_ digest: Digest, _ bytes: [UInt8]) {
    for place in indices where self[place].digest == digest { self[place].take(bytes) }
  }
}

extension BundleContents.Template {
  /// Whatever cannot be read as an object is worth a look.
  fileprivate init(_ file: BundleIndex.HeadFile, _ carried: BundleIndex.CarriedObject?) {
    self.init(
      kind: file.kind, name: file.objectName, namespace: nil, path: file.path, size: file.size,
      profiles: carried?.profiles ?? [], source: carried?.source,
      grants: KindPower(kind: file.kind)?.rawValue ?? "cannot be read as one object", digest: file.digest)
  }

  fileprivate mutating func take(_ bytes: [UInt8]) {
    guard let manifest = try? ClusterManifest(bytes, source: "a manifest", isForeign: true) else { return }
    (kind, name, namespace, grants) = (manifest.kind, manifest.name, manifest.namespace, manifest.power?.rawValue)
  }
}
