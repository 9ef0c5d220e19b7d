internal import YAML

/// An object that is not applied unless a person renames its file: it would change what the cluster has.
public struct OptionalObject: Sendable {
  /// What keeps `apply -R` from its file, and a person takes away: the name then ends in `.yaml`.
  public static let suffix = ".off"

  let file: ClusterManifest
  /// Its path in the directory.
  let path: String
  /// Whether the bundle brings it; this program makes the others when it unpacks.
  let isCarried: Bool

  private init(_ file: ClusterManifest, stem: String, isCarried: Bool = false) {
    self.file = file
    self.isCarried = isCarried
    path = "optional/\(stem).yaml\(Self.suffix)"
  }

  /// One of the bundle's.
  init(_ file: ClusterManifest) { self.init(file, stem: Self.stem(of: file), isCarried: true) }

  /// - Parameter written: The objects that are applied.
  static func all(of directory: ClusterManifestDirectory, _ written: [ClusterManifest]) -> [OptionalObject] {
    let trust = RegistryTrust(directory).imageSettings.map { OptionalObject($0, stem: "image-registry") }
    return [trust, written.contains { $0.kind == "CatalogSource" } ? operatorHub : nil].compactMap(\.self)
  }

  /// Takes away the catalogs that a cluster has by itself, none of which it can reach without the internet.
  static let operatorHub = OptionalObject(
    ClusterManifest([
      "apiVersion": "config.openshift.io/v1", "kind": "OperatorHub", "metadata": ["name": "cluster"],
      "spec": ["disableAllDefaultSources": .plain("true")],
    ]), stem: "operatorhub")

  private static func stem(of file: ClusterManifest) -> String {
    if file.kind == "ClusterCatalog" { return "clustercatalog-\(file.name)" }
    if let kind = MirrorKind(rawValue: file.kind), file.name.hasPrefix("\(kind.prefix)-") { return file.name }
    return "\(file.kind)-\(file.stem)"
  }
}
