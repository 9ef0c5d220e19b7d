internal import BundleFormat
internal import Catalog
internal import CatalogImages
internal import ClusterManifests
internal import Configuration
internal import Content
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
  let reporter: any Reporter

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
    let content = try await layers.content(of: catalog.catalog, named: catalog.name)
    let (image, base, form) = try await build(catalog, content)
    for document in image.documents { try store.put(document.descriptor.digest, document.bytes) }
    return Made(
      image: BundleImage(
        source: BundleImage.source(built: "catalog/\(FileSystem.name(of: destination))"), manifest: image.root,
        platforms: try store.platforms(of: image.root), reason: .catalog, destination: destination,
        tags: [catalog.tag(of: image.root.digest)], subject: nil, base: base),
      form: form)
  }

  private var layers: CatalogLayers { CatalogLayers(assembly: assembly) }

  private func build(
    _ catalog: GatheredCatalog, _ content: ImageAssembly.Layer
  ) async throws -> (image: BuiltImage, base: String?, form: CarriedCatalog.Form) {
    let own = catalog.ownBase
    guard options.base != CatalogOptions.scratch else {
      keep([content])
      let all = own.map { Self.platforms(of: $0.root) ?? [$0.process.platform] } ?? Self.platforms
      let image = ImageBuilder(layers.change(content)).build(for: all.filter(try wanted(of: all, catalog).contain))
      return (image, nil, .documents(hasCache: false))
    }
    let (base, origin, process) = try await base(of: catalog, own)
    let whiteout = try await layers.whiteout(of: own?.place, process)
    let change = layers.served(content, on: whiteout, by: own?.process)
    keep([whiteout, content])
    let wanted = try wanted(of: Self.platforms(of: base.root) ?? [], catalog)
    let image = try await assembly.build(change, on: base, for: wanted.contain)
    return (image, origin.source(of: base.root.descriptor.digest), .rebuilt)
  }

  /// The platforms that are asked for; says which of them there are not.
  private func wanted(of platforms: [Platform], _ catalog: GatheredCatalog) throws(SealiftError) -> WantedPlatforms {
    let wanted = WantedPlatforms(catalog.request.platforms)
    if let lack = try wanted.lack(of: platforms, in: catalog.name) { reporter.report(.note(lack)) }
    return wanted
  }

  private func keep(_ layers: [ImageAssembly.Layer]) {
    for layer in layers { sources.built.add(layer.layer.descriptor.digest, layer.file) }
  }

  private func base(
    of catalog: GatheredCatalog, _ own: CatalogImage?
  ) async throws -> (base: BaseImage, origin: ImageOrigin, process: ImageConfig.Process) {
    if let own, let origin = catalog.open.origin {
      return (BaseImage(name: catalog.name, root: own.root, repository: own.repository), origin, own.process)
    }
    guard let base = options.base else { throw catalog.baseMissing }
    let reference = try ImageReference(base)
    let repository = try await sources.repository(of: reference)
    let found = try await BaseImage.found(reference, in: repository, for: catalog.name, option: "--catalog-base")
    return (found, ImageOrigin(reference), try await program(of: found))
  }

  /// How a base is run, which must not take the arguments of the program that serves catalogs for a program.
  private func program(of base: BaseImage) async throws -> ImageConfig.Process {
    let image = try await base.repository.image(of: base.root, of: base.name)
    let config = try await base.repository.config(image.config, of: base.name)
    let process = try ImageConfig.process(config, source: "the config of \(base.name)")
    guard process.entrypoint.isEmpty else { return process }
    throw SealiftError(
      .configuration, "the base image \(base.name) has no Entrypoint, so that nothing in it would serve a catalog",
      nextStep: "pass --catalog-base REF with an image of opm, such as that of a catalog, or --catalog-base scratch")
  }

  /// - Returns: `nil` for what is no list.
  private static func platforms(of root: FetchedManifest) -> [Platform]? {
    guard case .index(let children) = root.manifest.content else { return nil }
    return children.filter { !$0.isAttestation }.compactMap(\.platform)
  }
}
