internal import BundleFormat
internal import Catalog
internal import ClusterManifests
internal import Configuration
internal import Diagnostics
internal import Layers
internal import OCI
internal import SystemIO
internal import YAML

/// Makes the images of catalogs that are not carried as they are, so that the same documents give the same image.
struct CatalogImageMaker: Sendable {
  let options: CatalogOptions
  let sources: SourceSet
  let store: MetadataStore
  let assembly: ImageAssembly

  /// The directory of the documents, which a cluster's programs look for.
  private static let directory = "configs"
  /// The platforms of catalogs that no image had before: those of OpenShift.
  private static let platforms = ["amd64", "arm64", "ppc64le", "s390x"].map { Platform(os: "linux", architecture: $0) }

  /// An image that was made.
  struct Made {
    let image: BundleImage
    let form: CarriedCatalog.Form
  }

  /// Makes the image of a catalog.
  ///
  /// The layers lie in `sources`, the documents in `store`.
  ///
  /// - Throws: `configuration` for a catalog that has no image of its own where no base is named; what sources throw.
  func make(_ catalog: GatheredCatalog) async throws -> Made {
    let destination = try catalog.destination()
    let content = try await assembly.layer(try await entries(catalog.catalog, named: catalog.name))
    let (image, base, form) = try await build(catalog, content)
    for document in image.documents { try store.put(document.descriptor.digest, document.bytes) }
    return Made(
      image: BundleImage(
        source: "\(ImageOrigin.builtPrefix)catalog/\(FileSystem.name(of: destination))", manifest: image.root,
        platforms: try store.platforms(of: image.root), reason: ImageReason.catalog.text, destination: destination,
        tags: [catalog.tag(of: image.root.digest)], subject: nil, base: base),
      form: form)
  }

  /// The documents, through a file: they can be larger than memory should hold twice.
  private func entries(_ catalog: Catalog, named name: String) async throws -> [LayerEntry] {
    // A whole catalog is carried as it is where that is possible, and is not looked at so closely before.
    try catalog.checkDocuments(source: name)
    let files = try catalog.files()
    return try await assembly.pool.run { [directory = assembly.directory] in
      let spool = try File.anonymous(in: directory)
      var offset = 0
      var entries: [LayerEntry] = []
      for file in files {
        try file.write { (bytes) throws(SealiftError) in try spool.write(bytes) }
        entries.append(
          LayerEntry("\(Self.directory)/\(file.path)", .part(of: spool, offset: offset, size: file.size)))
        offset += file.size
      }
      return entries
    }
  }

  private func build(
    _ catalog: GatheredCatalog, _ content: ImageAssembly.Layer
  ) async throws -> (image: BuiltImage, base: String?, form: CarriedCatalog.Form) {
    let own = catalog.ownBase
    guard options.base != CatalogOptions.scratch else {
      let change = change([(content, Self.contentText)])
      keep([content])
      let platforms = own.map(platforms) ?? Self.platforms
      return (ImageBuilder(change).build(for: platforms), nil, .documents(hasCache: false))
    }
    let (base, process) = try await base(of: catalog, own)
    let whiteout = try await assembly.layer(hidden(own, process))
    var change = change([(whiteout, "sealift: nothing of the former catalog"), (content, Self.contentText)])
    change.command = ["serve", "/\(Self.directory)"]
    // Without one, the command would be the program.
    if let own, own.process.entrypoint.isEmpty { change.entrypoint = [own.process.command.first ?? "/bin/opm"] }
    keep([whiteout, content])
    return (try await assembly.build(change, on: base), base.pinned, .rebuilt)
  }

  private static let contentText = "sealift: the catalog's documents"

  private func change(_ layers: [(layer: ImageAssembly.Layer, text: String)]) -> ImageChange {
    ImageChange(
      layers: layers.map { ImageChange.Layer($0.layer.layer, createdBy: $0.text) },
      labels: [CatalogImage.Place.filesLabel: "/\(Self.directory)"])
  }

  private func keep(_ layers: [ImageAssembly.Layer]) {
    for layer in layers { sources.built.add(layer.layer.descriptor.digest, layer.file) }
  }

  /// What is hidden of a base: its documents, and the cache that was made of them.
  private func hidden(_ own: CatalogImage?, _ process: ImageConfig.Process) -> [LayerEntry] {
    var paths = [Self.directory]
    if case .files(let path) = own?.place, !path.isAt(orBelow: Self.directory) { paths.append(path) }
    let entries = paths.map { LayerEntry($0, .whiteout) }
    guard let cache = CatalogCache(process),
      !paths.contains(where: { cache.path.isAt(orBelow: $0) || $0.isAt(orBelow: cache.path) })
    else { return entries }
    return entries + cache.entries
  }

  private func base(
    of catalog: GatheredCatalog, _ own: CatalogImage?
  ) async throws -> (base: BaseImage, process: ImageConfig.Process) {
    if let own, let origin = catalog.open.origin {
      return (BaseImage(name: catalog.name, root: own.root, origin: origin, source: own.source), own.process)
    }
    guard let base = options.base else { throw catalog.baseMissing }
    let reference = try ImageReference(base)
    let source = try await sources.source(.registry(host: reference.registry, repository: reference.repository))
    let found = try await BaseImage.found(reference, of: source, for: catalog.name, option: "--catalog-base")
    return (found, try await program(of: found))
  }

  /// How a base is run, which must not take the arguments of the program that serves catalogs for a program.
  private func program(of base: BaseImage) async throws -> ImageConfig.Process {
    let repository = base.origin.repository
    let image = try await base.source.image(of: base.root, in: repository, of: base.name)
    let config = try await base.source.config(image.config, in: repository, of: base.name)
    let process = try ImageConfig.process(config, source: "the config of \(base.name)")
    guard process.entrypoint.isEmpty else { return process }
    throw SealiftError(
      .configuration, "the base image \(base.name) has no Entrypoint, so that nothing in it would serve a catalog",
      nextStep: "pass --catalog-base REF with an image of opm, such as that of a catalog, or --catalog-base scratch")
  }

  private func platforms(of image: CatalogImage) -> [Platform] {
    guard case .index(let children) = image.root.manifest.content else { return [image.process.platform] }
    return children.compactMap(\.platform).filter { $0.os != "unknown" }
  }
}

extension String {
  /// Whether a path is another one, or lies below it.
  fileprivate func isAt(orBelow other: String) -> Bool { self == other || hasPrefix(other + "/") }
}
