public import Versions

/// A resource type that an operator provides or needs.
public struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
  /// The API group, for example `oadp.openshift.io`.
  public let group: String
  /// The API version, for example `v1alpha1`.
  public let version: String
  /// The kind, for example `DataProtectionApplication`.
  public let kind: String

  /// Makes one.
  public init(group: String, version: String, kind: String) {
    self.group = group
    self.version = version
    self.kind = kind
  }

  /// `KIND.VERSION.GROUP`.
  public var description: String { "\(kind).\(version).\(group)" }
}

/// An image that a bundle names.
public struct RelatedImage: Sendable, Hashable {
  /// What it is for; may be empty.
  public let name: String
  /// The reference as it is written; may be empty in catalogs that are real.
  public let image: String

  /// Makes one.
  public init(name: String, image: String) {
    self.name = name
    self.image = image
  }
}

/// One version of an operator.
public struct OperatorBundle: Sendable {
  /// The name, which is not a version: never read one out of it.
  public let name: String
  /// The package to which it belongs.
  public let package: String
  /// The bundle image as it is written; empty for bundles whose manifests stand in the catalog.
  public internal(set) var image = ""
  /// The version as it is written; empty if there is none.
  public internal(set) var versionText = ""
  /// The release within the version, which only new catalogs have; else empty.
  public internal(set) var release = ""
  /// The version; `nil` if there is none, or none that can be read.
  public internal(set) var version: SemanticVersion?
  /// The resource types that it provides.
  public internal(set) var provided: [GroupVersionKind] = []
  /// What it needs.
  public internal(set) var constraints: [OperatorBundleConstraint] = []
  /// `relatedImages`; read only for packages whose documents are kept.
  public internal(set) var relatedImages: [RelatedImage] = []
  /// The document, if it is kept.
  public internal(set) var document: CatalogDocument?

  /// What is wrong with its properties, by OLM's rules.
  var flaws: [String] = []
  /// Whether its document cannot be read, so that nothing but its name is known.
  var isUnreadable = false
  /// Whether manifests stand in the document itself.
  var hasManifests = false

  init(name: String, package: String) {
    self.name = name
    self.package = package
  }
}

/// What a bundle needs of others.
public indirect enum OperatorBundleConstraint: Sendable, Hashable {
  /// A version of a package.
  case package(name: String, range: VersionRange)
  /// Whoever provides a resource type.
  case resource(GroupVersionKind)
  /// Every one of these.
  case all([OperatorBundleConstraint])
  /// At least one of these.
  case any([OperatorBundleConstraint])
  /// None of these may be installed beside it.
  case not([OperatorBundleConstraint])
  /// A rule in the Common Expression Language.
  case expression(String)
  /// Something that cannot be read: what it is, and why.
  case unreadable(String)
}
