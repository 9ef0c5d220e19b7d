internal import BundleFormat
internal import Content
internal import Digests
internal import OCI

/// One image that was asked for, or that travels along with one.
struct ImageRequest: Sendable {
  /// The reference as it was asked for.
  var source: String
  /// Where it is.
  var origin: ImageOrigin
  /// What names its manifest there.
  var reference: ManifestReference
  /// The repository's path relative to the target.
  var destination: String
  /// The tags at the target.
  var tags: [String]
  /// Why it is packed.
  var reason = ImageReason.requested
  /// What else asks for it, under this name or another.
  var also: [BundleIndex.Request] = []

  /// The platforms of which its images are wanted, if it is a list.
  var platforms = WantedPlatforms.all

  /// What the bundle belongs to of which it is an image: a catalog.
  var catalog: String?

  /// How messages name it: with what it is part of.
  var name: String {
    guard reason != .requested else { return source }
    return "\(source) (\(reason)\(catalog.map { " of \($0)" } ?? ""))"
  }

  /// All that asks for it, as an index lists it.
  var all: [BundleIndex.Request] { [BundleIndex.Request(source: source, reason: reason)] + also }

  /// What it is and where: two requests with one place are one.
  var place: RequestPlace { RequestPlace(origin: origin, reference: reference, destination: destination) }

  /// What it calls the image, and where it wants it.
  var fullName: RequestName { RequestName(source: source, place: place, tags: tags) }

  /// Makes a request for an image in a registry; its name at the target is that at the source.
  ///
  /// With a tag and a digest, the digest is fetched and the tag is set; without a tag, the tag is `sha256-<hex>`.
  init(_ reference: ImageReference, source: String, repository: String? = nil, tag: String? = nil) {
    self.source = source
    origin = .registry(host: reference.registry, repository: reference.repository)
    self.reference = reference.manifest
    destination = repository ?? reference.repository
    tags = [tag ?? reference.tag ?? reference.digest?.tag].compactMap(\.self)
  }

  /// Makes a request for an image in an OCI layout.
  init(layout path: String, _ descriptor: Descriptor, source: String, destination: String, tag: String) {
    self.source = source
    origin = .layout(path: path)
    reference = .digest(descriptor.digest)
    self.destination = destination
    tags = [tag]
  }

  /// Makes a request for an image in a directory that `oc` has mirrored into; its name at the target is that there.
  init(mirror path: String, _ image: MirrorDirectory.Image) {
    let selector: MirrorDirectoryAddress.Selector
    switch image.reference {
    case .tag(let tag):
      selector = .tag(tag)
      tags = [tag]
    case .digest(let digest):
      selector = .digest(digest)
      tags = [digest.tag]
    }
    source = MirrorDirectoryAddress(path: path, repository: image.repository, selector: selector).description
    origin = .mirror(path: path, repository: image.repository)
    reference = image.reference
    destination = image.repository
  }
}

extension [ImageRequest] {
  /// The same requests, those for one manifest and one destination as one: releases share most of their components.
  var merged: [ImageRequest] {
    var places: [RequestPlace: Int] = [:]
    var merged: [ImageRequest] = []
    var known: [Set<BundleIndex.Request>] = []
    for request in self {
      if let place = places[request.place] {
        merged[place].tags += request.tags.filter { !merged[place].tags.contains($0) }
        merged[place].platforms = merged[place].platforms.union(request.platforms)
        merged[place].also += request.all.filter { known[place].insert($0).inserted }
      } else {
        places[request.place] = merged.count
        merged.append(request)
        known.append(Set(request.all))
      }
    }
    return merged
  }
}

/// A name that an image was asked for by, and those that it gets.
struct RequestName: Hashable, Sendable {
  let source: String
  let place: RequestPlace
  let tags: [String]
}

/// One manifest at its source, and the repository that it goes to.
struct RequestPlace: Hashable, Sendable {
  let origin: ImageOrigin
  let reference: ManifestReference
  let destination: String
}
