public import Diagnostics
public import Digests
public import OCI
internal import YAML

/// One operator catalog that a bundle carries.
public struct CarriedCatalog: Sendable, Equatable {
  /// What the image is made of, which decides how a cluster can serve it.
  public enum Form: Sendable, Equatable {
    /// The image as it was published, byte for byte.
    case published
    /// The image as it was published, with other documents: a cache that it holds is not theirs.
    case rebuilt
    /// Nothing but documents, and perhaps their cache in `/tmp/cache`: the cluster brings the program that serves them.
    case documents(hasCache: Bool)
  }

  /// The catalog as it was asked for, for messages.
  public var source: String
  /// The repository's path, relative to the target; its last component is a part of the objects' names.
  public var destination: String
  /// What the objects' names end in: `targetTag` where there is one, else the tag or the digest that was asked for.
  public var version: ManifestReference
  /// The tag at the target.
  public var tag: String
  /// The digest of the image as it is packed.
  public var digest: Digest
  /// What the image is made of.
  public var form: Form
  /// What the user gives for the `CatalogSource`.
  public var template: CatalogSourceTemplate?
  /// Whether the objects name the image by its tag, so that a later bundle takes effect by itself.
  public var isNamedByTag: Bool

  /// Makes one.
  public init(
    source: String, destination: String, version: ManifestReference, tag: String, digest: Digest,
    form: Form = .published, template: CatalogSourceTemplate? = nil, isNamedByTag: Bool = false
  ) {
    self.source = source
    self.destination = destination
    self.version = version
    self.tag = tag
    self.digest = digest
    self.form = form
    self.template = template
    self.isNamedByTag = isNamedByTag
  }

  /// The templates of `CatalogSource` and `ClusterCatalog`.
  ///
  /// - Throws: `configuration` if no valid name can be made of the destination and the tag.
  ///
  /// Source: `formats/manifests.md`, "Catalogs".
  public func templates() throws(SealiftError) -> [ClusterManifest] {
    let stem = try CatalogName.stem(of: self)
    let image: YAMLValue = .string(Placeholder.reference(destination) + (isNamedByTag ? ":\(tag)" : "@\(digest)"))
    return [
      ClusterManifest(catalogSource(named: "cs-\(stem)", image)),
      ClusterManifest([
        "apiVersion": "olm.operatorframework.io/v1", "kind": "ClusterCatalog",
        "metadata": ["name": .string("cc-\(stem)")], "spec": ["source": ["image": ["ref": image], "type": "Image"]],
      ]),
    ]
  }

  /// The templates of several catalogs.
  ///
  /// - Throws: `configuration` if two objects would have one name, naming both catalogs.
  static func templates(_ catalogs: [CarriedCatalog]) throws(SealiftError) -> [ClusterManifest] {
    var files: [ClusterManifest] = []
    var sources: [String: CarriedCatalog] = [:]
    for catalog in catalogs {
      for file in try catalog.templates() {
        if let other = sources.updateValue(catalog, forKey: file.path) {
          let isGiven = file.name == catalog.template?.name || file.name == other.template?.name
          throw SealiftError(
            .configuration, "\(other.source) and \(catalog.source) would both be the \(file.kind) \(file.name)",
            nextStep: isGiven
              ? "give one of them another metadata.name in its targetCatalogSourceTemplate"
              : "give one of them another targetTag or targetCatalog: the name is made of the repository's last "
                + "component and of the first 12 characters of the tag")
        }
        files.append(file)
      }
    }
    return files
  }

  /// What the user should know of the objects: one sentence each.
  ///
  /// - Throws: As `templates` does.
  public func notes() throws(SealiftError) -> [String] {
    let catalogSource = try templates()[0]
    var notes: [String] = []
    if let template, template.name != nil || template.namespace != nil {
      notes.append(
        "the CatalogSource for \(source) is \(catalogSource.name) in the namespace "
          + "\(template.namespace ?? CatalogSourceTemplate.defaultNamespace), as \(template.path) has it; "
          + "oc-mirror would call it cs-\(try CatalogName.stem(of: self)) in \(CatalogSourceTemplate.defaultNamespace)")
    }
    if let template, template.hasCache, form == .rebuilt {
      notes.append(
        "extractContent.cacheDir of \(template.path) is left out for \(source): the cache in its image is that of the "
          + "catalog before it was pruned")
    }
    if form == .documents(hasCache: false) {
      notes.append(
        "the image of \(source) holds no program and no cache: OpenShift 4.20 is the first that serves such a catalog")
    }
    return notes
  }

  private func catalogSource(named name: String, _ image: YAMLValue) -> YAMLValue {
    var object = template?.object ?? ["apiVersion": "operators.coreos.com/v1alpha1", "kind": "CatalogSource"]
    object.set(["metadata", "name"], .string(template?.name ?? name))
    object.set(["metadata", "namespace"], .string(template?.namespace ?? CatalogSourceTemplate.defaultNamespace))
    object.set(["spec", "image"], image)
    object.set(["spec", "sourceType"], "grpc")
    let content = ["spec", "grpcPodConfig", "extractContent"]
    switch form {
    case .published: break
    // The program would compare the cache with the documents, and end.
    case .rebuilt: object.remove(content + ["cacheDir"])
    case .documents(let hasCache):
      object.set(content + ["catalogDir"], "/configs")
      if hasCache { object.set(content + ["cacheDir"], "/tmp/cache") } else { object.remove(content + ["cacheDir"]) }
    }
    return object
  }
}
