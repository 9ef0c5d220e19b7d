internal import BundleFormat
internal import Catalog
internal import CatalogImages
internal import ClusterManifests
internal import Configuration
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO
internal import YAML

/// A catalog of which it is decided what is kept.
struct GatheredCatalog: Sendable {
  /// What was asked for.
  let request: OperatorRequest
  /// Where it comes from.
  let open: OpenCatalog
  /// What the user gives for the CatalogSource.
  let template: CatalogSourceTemplate?
  /// What is kept.
  var catalog: Catalog
  /// Whether all of it is kept, so that its image can be carried as it is.
  var isWhole: Bool
  /// References in it that nobody can fetch and that the user has blocked.
  var blocked: Set<String> = []

  /// What messages call it.
  var name: String { open.name }

  /// The image that is carried as it is; `nil` for a catalog that is made anew.
  var publishedImage: CatalogImage? {
    guard isWhole, case .image(let image) = open.content else { return nil }
    return image
  }

  /// The image of a file-based catalog, which can serve other documents too.
  var ownBase: CatalogImage? {
    guard case .image(let image) = open.content, case .files = image.place else { return nil }
    return image
  }

  /// Refuses a catalog that is made anew on nothing that anyone has named.
  ///
  /// - Throws: `configuration`.
  func requireBase(_ options: CatalogOptions) throws(SealiftError) {
    guard publishedImage == nil, ownBase == nil, options.base == nil else { return }
    throw baseMissing
  }

  /// What a catalog without an image of its own lacks.
  var baseMissing: SealiftError {
    SealiftError(
      .configuration,
      "\(request.position.description): \(name) is no image of a file-based catalog, so that none can be made of it alone",
      nextStep: "pass --catalog-base REF with an image of opm, such as that of a catalog for the same OpenShift, or "
        + "--catalog-base scratch")
  }

  /// The repository at the target.
  ///
  /// - Throws: `configuration` if the name of a directory is none of a repository.
  func destination() throws(SealiftError) -> String {
    if let target = request.targetCatalog { return target }
    switch request.catalog {
    case .registry(let reference): return reference.repository
    case .layout(let address): return try Self.repository(address.path, request)
    case .directory(let path): return try Self.repository(path, request)
    }
  }

  /// The tag that was asked for, or the digest; a catalog of this machine is the latest.
  var version: ManifestReference {
    if let tag = request.targetTag { return .tag(tag) }
    guard case .registry(let reference) = request.catalog else { return .tag("latest") }
    return reference.tag.map { .tag($0) } ?? reference.manifest
  }

  /// The tag at the target of an image.
  func tag(of digest: Digest) -> String {
    switch version {
    case .tag(let tag): tag
    case .digest: digest.tag
    }
  }

  /// The images that are to be packed: all that kept bundles name, and its own where that is carried as it is.
  ///
  /// - Returns: With references that cannot be followed, each with the bundle that has it and why.
  func requests() throws(SealiftError) -> (images: [ImageRequest], unusable: [UnusableReference]) {
    var images = OperatorBundleImageRequests(
      catalog: name, platforms: WantedPlatforms(request.platforms), blocked: blocked)
    if let image = publishedImage { images.requests.append(try request(for: image)) }
    for package in catalog.sortedPackages {
      for bundle in package.bundles { try images.add(bundle) }
    }
    return (images.requests, images.unusable)
  }

  private func request(for image: CatalogImage) throws(SealiftError) -> ImageRequest {
    let digest = image.root.descriptor.digest
    var packed: ImageRequest
    switch request.catalog {
    case .registry(let reference):
      packed = ImageRequest(
        reference, source: reference.description, repository: try destination(), tag: tag(of: digest))
      // The very one that was read, even if the tag moves.
      packed.reference = .digest(digest)
    case .layout(let address):
      packed = ImageRequest(
        layout: address.path, image.root.descriptor, source: address.description, destination: try destination(),
        tag: tag(of: digest))
    case .directory:
      throw SealiftError(.internal, "\(name) has no image", nextStep: "report this defect")
    }
    packed.reason = .catalog
    packed.platforms = WantedPlatforms(self.request.platforms)
    return packed
  }

  private static func repository(_ path: String, _ request: OperatorRequest) throws(SealiftError) -> String {
    let name = FileSystem.name(of: FileSystem.withoutTrailingSlashes(path))
    guard ImageReference.isRepository(name) else {
      throw request.position.error(
        "'\(name)' can be no repository of the target", nextStep: "add targetCatalog with a path in lower case")
    }
    return name
  }
}

/// A reference of a bundle that names nothing which can be fetched.
struct UnusableReference: Sendable {
  /// The bundle.
  let bundle: OperatorBundleName
  /// The reference, as the bundle has it; `nil` where the bundle does not tell its images.
  let image: String?
  /// The sentence that says what is wrong.
  let problem: String
}

/// Makes requests of the images that bundles name, each once.
private struct OperatorBundleImageRequests {
  let catalog: String
  let platforms: WantedPlatforms
  let blocked: Set<String>
  var requests: [ImageRequest] = []
  var unusable: [UnusableReference] = []

  init(catalog: String, platforms: WantedPlatforms, blocked: Set<String>) {
    self.catalog = catalog
    self.platforms = platforms
    self.blocked = blocked
  }

  mutating func add(_ bundle: OperatorBundle) throws(SealiftError) {
    for image in try images(of: bundle) {
      do throws(SealiftError) {
        add(try ImageReference(image.image), of: bundle, isBundle: image.image == bundle.image)
      } catch {
        if blocked.contains(image.image) { continue }
        unusable.append(
          UnusableReference(
            bundle: OperatorBundleName(package: bundle.package, bundle: bundle.name), image: image.image,
            problem: "bundle \(bundle.name) of \(catalog) names an image that cannot be fetched: \(error.problem)"))
      }
    }
  }

  /// Of a bundle whose manifests cannot be read, its images cannot be had either.
  private mutating func images(of bundle: OperatorBundle) throws(SealiftError) -> [RelatedImage] {
    do throws(SealiftError) { return try bundle.images() } catch {
      unusable.append(
        UnusableReference(
          bundle: OperatorBundleName(package: bundle.package, bundle: bundle.name), image: nil,
          problem: "bundle \(bundle.name) of \(catalog) does not tell its images: \(error.problem)"))
      return []
    }
  }

  private mutating func add(_ reference: ImageReference, of bundle: OperatorBundle, isBundle: Bool) {
    var request = ImageRequest(reference, source: reference.description)
    request.reason = isBundle ? .operatorBundle(bundle.name) : .operatorBundleImage(bundle.name)
    request.catalog = catalog
    request.platforms = platforms
    requests.append(request)
  }
}
