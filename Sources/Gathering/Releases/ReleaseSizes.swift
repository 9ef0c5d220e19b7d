internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Release
internal import SystemIO
internal import Versions

/// Finds out how many bytes releases take: of each image only the manifests are fetched.
struct ReleaseSizes: Sendable {
  let sources: SourceSet
  /// How many requests run at once.
  let parallel: Int
  let reporter: any Reporter

  /// The sizes of all blobs of a release by digest: what two releases share can be counted once.
  ///
  /// - Returns: `nil` if the release cannot be reached, which a warning says.
  func blobs(of release: PublishedRelease) async throws -> [Digest: Int]? {
    do {
      return try await blobs(of: release.payload, release.version.description)
    } catch let error as SealiftError where [.network, .notFound, .denied].contains(error.code) {
      reporter.report(.warning("the size of \(release.version) is not known: \(error.problem)"))
      return nil
    }
  }

  private func blobs(of payload: ImageReference, _ name: String) async throws -> [Digest: Int] {
    let repository = try await sources.repository(of: payload)
    guard let root = try await repository.manifest(payload.manifest) else { throw Self.missing(payload) }
    let reader = PayloadReader(repository: repository)
    let images = [payload] + (try await reader.read(root, release: name)).references.components.map(\.image)
    reporter.report(.phase(.resolve, bytes: 0, items: images.count))
    let sizes = Monitor([Digest: Int]())
    try await images.forEachConcurrently(limit: parallel) { image in
      try await add(image.manifest, of: image, to: sizes, depth: 0)
      reporter.report(.finished(item: image.description, outcome: .present))
    }
    return sizes.withLock { $0 }
  }

  private func add(
    _ reference: ManifestReference, of image: ImageReference, to sizes: Monitor<[Digest: Int]>, depth: Int
  ) async throws {
    let repository = try await sources.repository(of: image)
    guard depth < Manifest.maximumDepth, let fetched = try await repository.manifest(reference) else {
      throw Self.missing(image)
    }
    var found = [fetched.descriptor]
    switch fetched.manifest.content {
    case .image(let config, let layers): found += [config] + layers
    case .index(let children):
      for child in children { try await add(.digest(child.digest), of: image, to: sizes, depth: depth + 1) }
    }
    sizes.withLock { sizes in for blob in found { sizes[blob.digest] = blob.size } }
  }

  private static func missing(_ image: ImageReference) -> SealiftError {
    SealiftError(.notFound, "\(image) is not there", nextStep: "check that it is published, and that you may pull it")
  }
}
