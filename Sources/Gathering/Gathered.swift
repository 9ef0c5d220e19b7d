public import BundleFormat
internal import ClusterManifests
public import Content
public import Diagnostics
internal import Digests
internal import OCI
internal import Release

/// All that Resolve has found, from which the index is made.
public struct Gathered {
  /// The images.
  var planner: BundlePlanner
  /// The releases, in the order in which they were asked for; then those of directories.
  var releases: [ProvenRelease] = []
  /// The operator catalogs, in the order of the configuration.
  var catalogs: [CarriedCatalog] = []
  /// Their entries of the index.
  var catalogEntries: [BundleIndex.Catalog] = []
  /// The objects that the user brings, and those lifted out of images.
  var userObjects = UserObjects()
  /// The generic files, in the order of the configuration.
  var files: [PackedFile] = []
  /// What was asked for and is left out, because images are missing: one sentence each.
  public var missing: [String] = []
  /// The graph data of an update service.
  var graphImage: BundleImage?
  /// What the user should know of how things were chosen: one sentence each.
  public var notes: [String] = []

  private let store: MetadataStore

  /// - Parameter store: Holds the manifests and small configs of all images, and takes the files of the head.
  init(_ store: MetadataStore) {
    self.store = store
    planner = BundlePlanner(store)
  }

  /// Adds a catalog whose image is among the images.
  mutating func add(_ catalog: PackedCatalog, isNamedByTag: Bool) throws(SealiftError) {
    let carried = catalog.carried(isNamedByTag: isNamedByTag)
    catalogs.append(carried)
    catalogEntries.append(catalog.entry)
    notes += try carried.notes() + catalog.notes
  }

  /// The index of a bundle that holds all of it.
  ///
  /// - Parameter bases: What need not travel.
  public mutating func index(
    created: String, producer: BundleIndex.Producer, bases: Bases
  ) throws(SealiftError) -> BundleIndex {
    var index = try planner.index(created: created, producer: producer, bases: bases)
    notes += planner.notes
    var files = HeadFileSet(store)
    index.catalogs = catalogEntries
    // One that was asked for at two places is one release.
    var known: Set<Digest> = []
    let releases = releases.filter { known.insert($0.digest).inserted }
    for release in releases { index.releases.append(try release.entry(&files)) }
    let templates = try ClusterManifestTemplates.all(
      // What bases have brought stays at the target until it is deleted there, and clusters may run it still.
      images: index.mirroredImages + bases.mirroredImages, releases: releases.map(\.carried),
      updateService: graphImage.map {
        UpdateService.template(graphImage: $0.destination, digest: $0.manifest.digest)
      }, catalogs: catalogs, keeping: bases.mirrorSets)
    for template in templates {
      try files.add(BundleIndex.HeadFile.configurationPrefix + template.path, template.bytes)
    }
    try userObjects.requireNone(of: templates)
    for object in userObjects.all {
      let path = BundleIndex.HeadFile.configurationPrefix + object.manifest.path
      try files.add(path, object.manifest.bytes)
      index.carriedObjects.append(.init(path: path, profiles: object.profiles, source: object.source))
    }
    index.files = files.all
    index.carriedFiles = self.files.map(\.entry).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return index.withHeadFiles()
  }
}
