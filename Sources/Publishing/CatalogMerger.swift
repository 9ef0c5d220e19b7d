internal import BundleFormat
internal import Catalog
internal import CatalogImages
internal import ClusterManifests
internal import Content
internal import Diagnostics
internal import Digests
internal import Layers
internal import OCI
internal import SystemIO

/// Merges the catalogs of a bundle with those that earlier bundles have brought to a target, before anything moves.
///
/// What is merged is what files of the user's prove: a catalog that merely stands at the target is none that anybody has
/// signed. So the result follows from the bundle and these files alone, and the same command gives it again.
struct CatalogMerger: Sendable {
  let plan: PublishPlan
  let index: BundleIndex
  let proofs: [CatalogProof]
  /// The bundle.
  let source: BundleSource
  /// Holds what lies in the head, and takes the documents of images that are made.
  let store: MetadataStore
  /// The target; it is only read.
  let target: any ImageSource
  let address: TargetAddress
  let catalogs: CatalogImageReader
  let options: UnpackOptions
  let reporter: any Reporter

  /// Merges what is to be merged.
  ///
  /// - Returns: The plan with it.
  /// - Throws: `usage` where there is nothing that could be merged; `untrusted` for a catalog at the target that no file
  ///   proves; what `Catalog.merged` and the target throw.
  func run() async throws -> PublishPlan {
    let digests = Set(index.catalogs.map(\.digest))
    let own = plan.images.indices.filter { digests.contains(plan.images[$0].entry.manifest.digest) }
    try requireCommonNames(own.map { plan.images[$0] })
    var merged: [Int: MergedImage] = [:]
    for place in own {
      let image = plan.images[place]
      let earlier = image.tagNames.flatMap { name in proofs.compactMap { $0.tags[name] } }
      let others = Set(earlier).subtracting([image.entry.manifest.digest]).sorted()
      let made = others.isEmpty ? nil : try await merge(image, with: others)
      merged[place] = made
      try await requireProven(image, others + [made?.root.digest ?? image.entry.manifest.digest])
    }
    return plan.merging(merged)
  }

  /// Refuses files that have nothing to do with the bundle: a name may be misspelt.
  private func requireCommonNames(_ images: [PublishPlan.Image]) throws(SealiftError) {
    let names = images.flatMap(\.tagNames)
    guard let first = names.first else {
      throw SealiftError(
        .usage, "--merge-catalogs: the bundle brings no operator catalog under a tag", nextStep: "leave the option out")
    }
    for proof in proofs where !names.contains(where: { proof.tags[$0] != nil }) {
      let more = names.count > 1 ? ", nor any of \(names.count - 1) others" : ""
      throw SealiftError(
        .usage, "--merge-catalogs: \(proof.path) has no \(first)\(more), which the bundle would be merged with",
        nextStep: "name the receipt of the run that brought the other catalog under this name, or that bundle")
    }
  }

  /// Refuses to take the place of what nobody vouches for.
  private func requireProven(_ image: PublishPlan.Image, _ known: [Digest]) async throws {
    for tag in image.entry.tags {
      guard let standing = try await target.digest(of: tag, in: image.repository),
        standing != image.entry.manifest.digest, !known.contains(standing)
      else { continue }
      throw SealiftError(
        .untrusted,
        "\(image.repository):\(tag) stands for \(standing), and none of the files of --merge-catalogs proves that",
        nextStep: "name the receipt of the run that brought it, or its bundle, with --merge-catalogs; without the "
          + "option what is there is replaced")
    }
  }

  /// - Returns: `nil` where the bundle's own catalog has all; where it has all that can be had, its own image.
  private func merge(_ image: PublishPlan.Image, with earlier: [Digest]) async throws -> MergedImage? {
    let name = image.tagNames[0]
    let own = try await self.own(image, name)
    let before = try await catalogs.read(own, keeping: .everything)
    var merged = MergedCatalog(catalog: before)
    for digest in earlier {
      let catalog = try await self.earlier(digest, image)
      let next = try merged.catalog.merged(with: catalog, source: name)
      merged = MergedCatalog(catalog: next.catalog, lost: merged.lost + next.lost)
    }
    let isOwn = merged.catalog.hasSameDocuments(as: before)
    if isOwn, merged.lost.isEmpty { return nil }
    let packages = merged.catalog.packageNames
    let references = Set(merged.catalog.imageReferences).subtracting(before.imageReferences)
    if let note = merged.catalog.slowStart(of: name) { reporter.report(.note(note)) }
    let (root, blobs) = isOwn ? (image.root, []) : try await build(merged.catalog, on: own, name)
    let merge = CatalogMerge(
      names: image.tagNames, own: image.entry.manifest.digest, earlier: earlier, digest: root.digest,
      addedPackages: packages.filter { before.packages[$0] == nil }, lost: merged.lost)
    return MergedImage(
      merge: merge, root: root, manifests: isOwn ? image.manifests : try ImageGraph(root, in: store).manifests,
      blobs: blobs,
      needed: try await needed(references, name), mirrored: references.sorted().compactMap(mirrored))
  }

  private func own(_ image: PublishPlan.Image, _ name: String) async throws -> CatalogImage {
    // Of a list that was packed in part, what was packed.
    let packed = try ImageGraph(image.entry, in: store).manifests
    let root = try store.rewritten(image.entry, packed).last ?? image.entry.manifest
    let (manifest, bytes) = try store.manifest(root)
    let own = try await CatalogImage(
      FetchedManifest(descriptor: root, bytes: bytes, manifest: manifest), in: ImageRepository("", of: source),
      name: "\(name) of the bundle")
    guard case .files = own.place else {
      throw SealiftError(
        .configuration, "\(own.name) is an SQLite database, which cannot be merged",
        nextStep: "pack it with --catalog-base REF, which makes a file-based catalog of it")
    }
    return own
  }

  private func earlier(_ digest: Digest, _ image: PublishPlan.Image) async throws -> Catalog {
    let name = "\(image.repository)@\(digest)"
    let repository = ImageRepository(image.repository, of: target)
    guard let root = try await repository.manifest(.digest(digest)) else {
      throw SealiftError(
        .notFound, "the target does not have \(name) any more, which the bundle would be merged with",
        nextStep: "name the receipt of the run that brought what stands there now, or unpack the earlier bundle again")
    }
    let catalog = try await CatalogImage(root, in: repository, name: name)
    return try await catalogs.read(catalog, keeping: .everything)
  }

  /// Makes the image on that of the bundle, for each of its platforms.
  private func build(
    _ catalog: Catalog, on own: CatalogImage, _ name: String
  ) async throws -> (root: Descriptor, blobs: [any BlobContent]) {
    let assembly = ImageAssembly(directory: catalogs.directory, pool: catalogs.pool)
    let layers = CatalogLayers(assembly: assembly)
    let content = try await layers.content(of: catalog, named: name)
    let whiteout = try await layers.whiteout(of: own.place, own.process)
    let hasProgram = !own.process.entrypoint.isEmpty || !own.process.command.isEmpty
    let change =
      hasProgram ? layers.served(content, on: whiteout, by: own.process) : layers.change(content, on: whiteout)
    let image = try await assembly.build(
      change, on: BaseImage(name: own.name, root: own.root, repository: own.repository))
    for document in image.documents { try store.put(document.descriptor.digest, document.bytes) }
    let configs = image.documents.filter { !$0.descriptor.mediaType.isManifest }
    return (
      image.root,
      configs.map { ProvenBytes(descriptor: $0.descriptor, bytes: $0.bytes) }
        + [whiteout, content].map { WrittenBlob(descriptor: $0.layer.descriptor, file: $0.file) }
    )
  }

  /// What the target has of the images that an earlier catalog names, so that nobody deletes them.
  private func needed(_ references: Set<String>, _ name: String) async throws -> [Receipt.Content] {
    let places = references.flatMap(places)
    let found = Monitor((present: [Receipt.Content](), missing: [String]()))
    try await Set(places).sorted().forEachConcurrently(limit: options.parallel) { place in
      let contents = try await contents(of: place)
      found.withLock { found in
        found.present += contents
        if contents.isEmpty { found.missing.append(place.name) }
      }
    }
    let (present, missing) = found.withLock { $0 }
    if let first = missing.min() {
      let more = missing.count > 1 ? ", nor \(missing.count - 1) others" : ""
      reporter.report(
        .warning(
          "the target does not have \(first)\(more), which operators of \(name) need that earlier bundles brought"))
    }
    return present
  }

  /// Where earlier bundles have brought an image.
  private func places(_ reference: String) -> [ManifestPlace] {
    guard let reference = try? ImageReference(reference) else { return [] }
    switch reference.manifest {
    case .digest(let digest):
      return proofs.flatMap { $0.repositories[digest] ?? [] }.map { ManifestPlace(repository: $0, digest: digest) }
    case .tag(let tag):
      let repository = address.repository(for: reference.repository, maxNestedPaths: options.maxNestedPaths)
      return proofs.compactMap { $0.tags["\(repository):\(tag)"] }.map {
        ManifestPlace(repository: repository, digest: $0)
      }
    }
  }

  /// What clusters are told of an image that earlier bundles have brought.
  private func mirrored(_ reference: String) -> MirroredImage? {
    guard !places(reference).isEmpty, let source = try? ImageReference(reference) else { return nil }
    return MirroredImage(source: source, destination: source.repository, category: .operator)
  }

  /// A manifest, and those that it consists of.
  ///
  /// - Returns: None if it is not there.
  private func contents(of place: ManifestPlace) async throws -> [Receipt.Content] {
    guard let manifest = try await target.manifest(.digest(place.digest), in: place.repository) else { return [] }
    let own = Receipt.Content(descriptor: manifest.descriptor, repository: place.repository, outcome: .present)
    // What a list names need not be there.
    let known = manifest.manifest.children.filter { child in
      proofs.contains { $0.repositories[child.digest]?.contains(place.repository) == true }
    }
    return known.map { Receipt.Content(descriptor: $0, repository: place.repository, outcome: .present) } + [own]
  }
}

extension PublishPlan.Image {
  /// Its names at the target, `repository:tag`, sorted.
  var tagNames: [String] { entry.tags.map { "\(repository):\($0)" }.sorted() }
}

extension Catalog {
  /// The images that its bundles name, as they are written; of a bundle that does not tell them, none.
  fileprivate var imageReferences: [String] {
    sortedPackages.flatMap(\.bundles).flatMap { bundle in ((try? bundle.images()) ?? []).map(\.image) }
  }
}
