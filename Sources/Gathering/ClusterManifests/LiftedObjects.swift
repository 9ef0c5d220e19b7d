internal import BundleFormat
internal import ClusterManifests
internal import Configuration
internal import Diagnostics
internal import Digests
internal import OCI

/// The objects that were lifted out of images, and the images that they name.
struct LiftedObjects: Sendable {
  /// The images that they were lifted out of, and the digests with which they were read.
  private var sources: [(request: ImageRequest, digest: Digest)] = []
  private var objects: [(lifted: LiftedObject, isRewritten: Bool)] = []

  /// Takes the files of one entry of the configuration.
  ///
  /// - Throws: `configuration` for a file that holds no objects, or such as cannot be carried, and for variables that no
  ///   container has.
  mutating func add(
    _ request: ExtractRequest, digest: Digest, _ files: [(path: String, bytes: [UInt8])]
  ) throws(SealiftError) {
    sources.append((ImageRequest(request.image, source: request.image.description), digest))
    var hasHost = false
    for file in files {
      let source = "\(request.image):\(file.path)"
      let found = try UserObject.read(file.bytes, source: source, profiles: request.profiles)
      guard !found.isEmpty else {
        throw request.error(.configuration, "\(source) holds no object", "name a file of cluster manifests")
      }
      for object in found {
        let lifted = LiftedObject(object, variables: request.imageVariables)
        hasHost = hasHost || lifted.hasHost
        objects.append((lifted, request.rewritesImages))
      }
    }
    if let host = request.variables[.host], !hasHost {
      throw request.error(
        .configuration, "no container of \(request.paths.joined(separator: ", ")) has a registry's host in \(host)",
        "name the variable that holds it, or take out `variables`")
    }
  }

  /// What is packed for them: the images that they were lifted out of, then those that they name.
  var requests: [ImageRequest] {
    sources.map(\.request)
      + objects.filter(\.isRewritten).flatMap { object in object.lifted.uses.map(object.lifted.request) }
  }

  /// The objects as they are carried, which name the images at the mirror.
  ///
  /// - Parameter images: What was found of `requests`.
  /// - Throws: `protocol` for an image that has moved since its files were read.
  func carried(_ images: ResolvedImages) throws(SealiftError) -> [UserObject] {
    for (request, digest) in sources {
      guard let now = images.digest(of: request), now != digest else { continue }
      throw SealiftError(
        .protocol, "\(request.source) has moved from \(digest) to \(now) while it was read",
        nextStep: "run the same command again", isTransient: true)
    }
    return try objects.map { (lifted, isRewritten) throws(SealiftError) in
      guard isRewritten else { return lifted.object }
      return try lifted.rewritten { (image) throws(SealiftError) in
        images.digest(of: ImageRequest(image, source: image.description))
      }
    }
  }

  /// What a person should know of their images: one sentence each.
  ///
  /// - Parameter images: What was found of `requests`.
  func notes(_ images: ResolvedImages) -> [String] {
    objects.flatMap { lifted, isRewritten -> [String] in
      let (uses, name) = (lifted.uses, lifted.name)
      guard isRewritten else {
        guard !uses.isEmpty else { return lifted.notes }
        return ["\(name): \(list(uses)): neither packed nor rewritten, as rewriteImages is false"] + lifted.notes
      }
      var notes: [String] = []
      let (composed, named) = (uses.filter(\.isComposed), uses.filter { !$0.isComposed })
      if !named.isEmpty { notes.append("\(name): named at the mirror: \(list(named))") }
      if !composed.isEmpty { notes.append("\(name): composed at the mirror of variables: \(list(composed))") }
      let absent = uses.filter { images.digest(of: lifted.request($0)) == nil }
      if !absent.isEmpty { notes.append("\(name): named at the mirror, but not in the bundle: \(list(absent))") }
      return notes + lifted.notes
    }
  }

  private func list(_ uses: [LiftedObject.Use]) -> String {
    uses.map(\.image.description).joined(separator: ", ")
  }
}

extension LiftedObject {
  /// How the packer asks for an image that it names.
  fileprivate func request(_ use: Use) -> ImageRequest {
    var request = ImageRequest(use.image, source: use.image.description, repository: use.repository)
    request.reason = .clusterManifestImage(object.manifest.path)
    return request
  }
}

extension ExtractRequest {
  fileprivate var imageVariables: ImageVariables? {
    variables[.host].map { ImageVariables(host: $0, path: variables[.path]) }
  }
}
