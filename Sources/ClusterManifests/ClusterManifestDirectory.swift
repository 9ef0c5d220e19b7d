public import Diagnostics
public import Digests

/// What `unpack` leaves for the cluster: objects that `oc apply -R -f` takes, and beside them what people read.
///
/// Source: `formats/manifests.md`, "The directory".
public struct ClusterManifestDirectory: Sendable {
  /// One name of an image of the bundle, and where it is at the target.
  public struct Mapping: Sendable, Equatable {
    /// The reference as it was asked for.
    public var source: String
    /// The repository's path, relative to the target.
    public var destination: String
    /// The tags, if there are any.
    public var tags: [String]
    /// The digest.
    public var digest: Digest
    /// Whether the source is at a registry; the packer has made other images, or has found them in a directory.
    public var isAtRegistry: Bool

    /// Makes one.
    public init(source: String, destination: String, tags: [String], digest: Digest, isAtRegistry: Bool = true) {
      self.source = source
      self.destination = destination
      self.tags = tags
      self.digest = digest
      self.isAtRegistry = isAtRegistry
    }
  }

  /// A file of the directory.
  public struct OutputFile: Sendable, Equatable {
    /// Its path in the directory.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]
  }

  /// The templates of the bundle.
  public var templates: [ClusterManifest]
  /// Where each image is.
  public var images: [Mapping]
  /// The releases of the bundle.
  public var releases: [CarriedRelease]
  /// The Helm charts of the bundle.
  public var charts: [CarriedChart]
  /// The names of the packages in the operator catalogs of the bundle.
  public var packages: [String]
  /// What it is for.
  public var cluster: TargetCluster
  /// What publishing the bundle has changed at the registry.
  public var changes = RegistryChanges()

  /// Makes one.
  public init(
    templates: [ClusterManifest], images: [Mapping], releases: [CarriedRelease], charts: [CarriedChart] = [],
    packages: [String] = [], cluster: TargetCluster
  ) {
    self.templates = templates
    self.images = images
    self.releases = releases
    self.charts = charts
    self.packages = packages
    self.cluster = cluster
  }

  /// The same without images that are not at the registry: nothing is said of them, and no object that is made here names
  /// one. Mirror sets stay as they are: their entries are for namespaces, and another run may bring the rest.
  public func without(_ isAbsent: (Mapping) -> Bool) -> ClusterManifestDirectory {
    let absent = images.filter(isAbsent)
    guard !absent.isEmpty else { return self }
    var rest = self
    rest.images = images.filter { !isAbsent($0) }
    let (left, present) = (Set(rest.images.map(\.destination)), Set(rest.images.map(\.digest)))
    let names = absent.flatMap { image in
      (image.tags.map { ":\($0)" } + ["@\(image.digest)"]).map { Placeholder.reference(image.destination) + $0 }
    }
    rest.templates = templates.filter { $0.isForeign || !$0.namesOne(of: names) }
    rest.charts = charts.filter { left.contains($0.destination) }
    rest.releases = releases.filter { present.contains($0.digest) }
    return rest
  }

  /// All files, sorted by path.
  ///
  /// - Throws: `configuration` for an object that this run makes too, `usage` for a target that no object can name, or
  ///   with whose name one is too large.
  public func files() throws(SealiftError) -> [OutputFile] {
    let filled = try filled()
    let trust = RegistryTrust(self)
    try trust.requireAbsence(of: filled)
    let left = filled.filter { !isWritten($0) }
    let written = filled.filter(isWritten) + [trust.certificates].compactMap(\.self)
    let optional = left.map(OptionalObject.init) + OptionalObject.all(of: self, written)
    let steps = NextSteps(directory: self, written: written, optional: optional)
    var files = written.map { OutputFile(path: $0.path, bytes: $0.bytes) }
    files += optional.map { OutputFile(path: $0.path, bytes: $0.file.bytes) }
    files.append(OutputFile(path: "NEXT-STEPS.md", bytes: Array(steps.text.utf8)))
    if !images.isEmpty { files.append(OutputFile(path: MappingFile.path, bytes: Array(MappingFile(self).text.utf8))) }
    if let authorities = trust.authorities {
      files.append(OutputFile(path: RegistryTrust.authoritiesPath, bytes: Array(authorities.utf8)))
    }
    if let snippet = InstallConfigSnippet(filled, for: self) {
      files.append(OutputFile(path: InstallConfigSnippet.path, bytes: snippet.bytes))
    }
    return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Whether the cluster has none of the kinds that are made here: only what came with the bundle is for it.
  var isOpenShift3: Bool { cluster.version.map { $0.major < 4 } == true }

  private func isWritten(_ file: ClusterManifest) -> Bool {
    if ClusterSingleton(file) != nil { return false }
    if file.isForeign { return true }
    if isOpenShift3 { return false }
    // Where the version is not known, a kind that is not served would be an error in each `apply`.
    if file.kind == "ClusterCatalog" {
      return cluster.version.map { $0 >= ClusterVersion.firstWithClusterCatalog } == true
    }
    return cluster.api.includes(file.kind)
  }

  func filled() throws(SealiftError) -> [ClusterManifest] {
    guard !cluster.target.registry.hasPrefix("[") else {
      throw SealiftError(
        .usage, "a cluster's objects cannot name the registry \(cluster.target.registry)",
        nextStep: "give the registry a name, and unpack to that name")
    }
    let destinations = Set(images.map(\.destination)).sorted()
    var files: [ClusterManifest] = []
    for template in templates {
      files += try Placeholder.fill(template, for: cluster.target).split()
      if template.isForeign { try MirrorCompositions(template).check(cluster.target, destinations: destinations) }
    }
    if let file = files.first(where: { $0.bytes.count > ClusterManifest.maximumFilledBytes }) {
      throw SealiftError(
        .usage,
        "with the name of this target, \(file.path) has more than \(ClusterManifest.maximumFilledBytes) bytes, the "
          + "most that `apply` takes", nextStep: "unpack to a registry with a shorter name or prefix")
    }
    return files
  }
}

extension ClusterManifest {
  /// Whether one of these references is a whole value of it, as its lines end.
  fileprivate func namesOne(of references: [String]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    return references.contains { text.contains(": \($0)\n") || text.contains(": \"\($0)\"\n") }
  }
}
