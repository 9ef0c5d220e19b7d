internal import BundleFormat
internal import ClusterManifests
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// The cluster manifests of a bundle, filled in for one target.
///
/// Source: `formats/manifests.md`, "The directory".
struct TargetClusterManifests: Sendable {
  /// The directory that they are written into.
  let directory: String
  /// What to tell of the releases.
  let instructions: MirrorInstructions?
  /// What another bundle had put into the directory, and what goes of it.
  let replaced: [ReplacedClusterManifest]
  /// What the bundle alone brings.
  private let contents: ClusterManifestDirectory
  /// What clusters find at the target of the bundle, and whether by repository.
  private let mirrors: (images: [MirroredImage], byRepository: Bool)
  private let files: [ClusterManifestDirectory.OutputFile]
  private let own: OwnDirectory
  private let bundle: (id: String, created: String)

  /// - Parameters:
  ///   - verified: The index of the bundle, whose head lies in `store`.
  ///   - address: Where the bundle is unpacked.
  ///   - profile: The profile that it is unpacked for, which `index` has.
  ///   - leftOut: The images that are not brought.
  ///   - lists: The lists that are made anew.
  /// - Throws: `usage` for a target that no cluster can pull from and for a directory with other files, `corrupt` for a template that is none, and whatever
  ///   else `ClusterManifestDirectory` refuses.
  init(
    _ verified: VerifiedIndex, _ store: MetadataStore, _ address: TargetAddress, _ options: ClusterManifestOptions,
    _ unpacking: UnpackOptions, profile: String?, leavingOut leftOut: [BundleImage], rewriting lists: [RewrittenList]
  ) throws(SealiftError) {
    guard case .registry(let host, _) = address else {
      throw SealiftError(
        .usage, "\(unpacking.target ?? "a directory") has no host that the manifests could name",
        nextStep: "run `sealift unpack BUNDLE REGISTRY[:PORT][/PREFIX] --manifests DIR --manifests-only` with the "
          + "registry that its content goes to")
    }
    var contents = try ClusterManifestDirectory(
      verified.index, store, MirrorTarget(host, address, unpacking), options, unpacking, profile: profile)
    contents.changes.rewrittenLists = lists.map(\.text)
    let own = try OwnDirectory(options.directory, for: contents.files().map(\.path))
    let bare = contents.without(leftOut)
    try self.init(
      bare, shown: bare, (verified.index.mirroredImages, unpacking.maxNestedPaths != nil), in: own,
      of: (verified.id.description, verified.index.created))
  }

  private init(
    _ bare: ClusterManifestDirectory, shown: ClusterManifestDirectory,
    _ mirrors: (images: [MirroredImage], byRepository: Bool),
    in own: OwnDirectory, of bundle: (id: String, created: String), _ replacements: [Replacement] = [],
    merged: [Digest] = []
  ) throws(SealiftError) {
    var contents = shown
    let files = Dictionary(try contents.files().map { ($0.path, $0.bytes) }) { first, _ in first }
    replaced = try own.replaced(by: files, of: bundle, merged: merged)
    contents.changes.replacements = replacements.filter { !$0.isMerged }.map(\.text) + replaced.map(\.text)
    self.contents = bare
    self.mirrors = mirrors
    self.own = own
    self.bundle = bundle
    directory = own.path
    self.files = try contents.files()
    instructions = try contents.instructions()
  }

  /// The same for what came of it: with what was replaced, and without images that the target did not take.
  ///
  /// - Parameter merged: The images of the bundle in whose place merged catalogs are.
  func with(
    _ replaced: [Replacement], without images: [BundleImage] = [], merged: [PublishPlan.Image] = []
  ) throws(SealiftError) -> TargetClusterManifests {
    guard !replaced.isEmpty || !images.isEmpty || !merged.isEmpty else { return self }
    var shown = contents.without(images)
    for image in merged {
      shown = shown.replacing(
        image.entry.destination, image.entry.manifest.digest, taggedAs: image.entry.tags, by: image.root.digest)
    }
    let merges = merged.compactMap(\.merged)
    if !merges.isEmpty {
      // One set of a kind is all that a cluster has of it.
      shown = shown.mirroring(mirrors.images + merges.flatMap(\.mirrored), repositoryScope: mirrors.byRepository)
    }
    shown.changes.merges = merges.map(\.merge.text)
    return try TargetClusterManifests(
      contents, shown: shown, mirrors, in: own, of: bundle, replaced, merged: merges.map(\.root.digest))
  }

  /// What is written, or would be.
  var listing: WrittenClusterManifests {
    let paths = (files.map(\.path) + [ClusterManifestMarker.path]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return WrittenClusterManifests(directory: directory, files: paths, replaced: replaced)
  }

  /// What this run has written, in the order in which it can be applied; not what else lies in the directory.
  var inputs: [Apply.Input] {
    ApplyOrder.sorted(files.map(\.path)).map { Apply.Input(name: $0, path: "\(directory)/\($0)") }
  }

  /// Makes the directories, so that one that cannot be made is known before anything is sent.
  ///
  /// - Throws: `storage` where a symbolic link stands for one of a kind: it would lead out of the directory.
  func prepare() throws(SealiftError) {
    try FileSystem.makeDirectory(directory)
    FileSystem.removeLeftovers(in: directory)
    for kind in Set(files.map { FileSystem.parent(of: $0.path) }).subtracting(["."]).sorted() {
      let path = "\(directory)/\(kind)"
      guard try FileSystem.kind(of: path) != .link else {
        throw SealiftError(
          .storage, "\(path) is a symbolic link, and manifests are to be written there",
          nextStep: "remove it, or name another directory with --manifests")
      }
      try FileSystem.makeDirectory(path)
      FileSystem.removeLeftovers(in: path)
    }
  }

  /// Writes each file so that its name shows the old content or the new, and removes what an earlier run has left.
  ///
  /// At any moment the marker lists all that this program has written, so that a run which is killed can be run again.
  func write() throws(SealiftError) {
    let digests = files.map { ($0.path, Set([SHA256Hasher.digest(of: $0.bytes)])) }
    let marker = ClusterManifestMarker(
      bundle: bundle.id, created: bundle.created, files: Dictionary(digests) { first, _ in first })
    var both = marker
    both.files.merge(own.marker?.files ?? [:]) { $0.union($1) }
    try write(both)
    for file in files { try FileSystem.write(file.bytes, to: "\(directory)/\(file.path)") }
    for name in own.stale(files.map(\.path)) { try FileSystem.remove("\(directory)/\(name)") }
    try write(marker)
  }

  private func write(_ marker: ClusterManifestMarker) throws(SealiftError) {
    try FileSystem.write(marker.bytes, to: "\(directory)/\(ClusterManifestMarker.path)")
  }

  /// Lets a tool say what it would apply, with the files in a directory of their own that is gone afterwards.
  func pretend(_ apply: Apply, in parent: String) throws(SealiftError) -> [AppliedClusterManifest] {
    let place = try PrivateDirectory(in: parent)
    let inputs = inputs.map { input in
      Apply.Input(name: input.name, path: "\(place.path)/\(input.name.replacing("/", with: "-"))")
    }
    let contents = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.bytes) })
    for input in inputs { try FileSystem.write(contents[input.name] ?? [], to: input.path) }
    return try apply.run(inputs)
  }
}

extension ClusterManifestDirectory {
  /// - Parameter images: Images of the bundle that are not at the registry.
  fileprivate func without(_ images: [BundleImage]) -> ClusterManifestDirectory {
    let absent = Set(images.map { "\($0.destination)@\($0.manifest.digest)" })
    return without { absent.contains("\($0.destination)@\($0.digest)") }
  }
}
