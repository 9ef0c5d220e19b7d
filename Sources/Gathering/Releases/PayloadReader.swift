internal import Content
internal import Diagnostics
internal import Layers
internal import OCI
internal import Release
internal import SystemIO

/// Reads release payloads out of their images, layer by layer from the top, and no further than needed.
struct PayloadReader: Sendable {
  /// The repository that has the payload.
  let repository: ImageRepository

  /// The greatest number of manifests that may turn out to be the verification ConfigMap; real payloads have one.
  private static let maximumCandidates = 16

  /// Files of a payload, by path.
  private struct Files: Sendable {
    var named: [String: [UInt8]] = [:]
    var candidates: [String: [UInt8]] = [:]
  }

  /// Reads a payload.
  ///
  /// - Parameters:
  ///   - root: Its manifest, or its index: then the image for linux/amd64 is read, or else the first one.
  ///   - release: What the release is called in messages.
  /// - Throws: `protocol` for an image that is no release payload, or a damaged one; what the source throws.
  func read(_ root: FetchedManifest, release: String) async throws -> ReleasePayload {
    let (config, layers) = try await repository.image(of: root, of: "release \(release)")
    let files = try await files(layers, release)
    guard let references = files.named[ImageReferences.path] else {
      throw SealiftError(
        .protocol, "release \(release) has no \(ImageReferences.path), and so is no release payload",
        nextStep: "check that the image is a release, and whole")
    }
    guard let metadataBytes = files.named[PayloadMetadata.path] else {
      throw SealiftError(
        .protocol, "release \(release) has no \(PayloadMetadata.path)",
        nextStep: "check that the image is a release, and whole")
    }
    let metadata = try PayloadMetadata(metadataBytes, release: release)
    var architecture = metadata.architecture ?? .multi
    if metadata.architecture == nil, !root.manifest.mediaType.isIndex {
      architecture = try await self.architecture(of: config, release)
    }
    let payload = ReleasePayload(
      architecture: architecture, references: try ImageReferences(references, release: release),
      verification: try verification(files, release),
      bootImages: files.named[PayloadBootImages.path].map { PayloadBootImages($0) })
    guard payload.version == metadata.version else {
      throw SealiftError(
        .protocol,
        "release \(release) is \(metadata.version) by its release-metadata, and \(payload.version) by its image-references",
        nextStep: "ask the publisher for a sound release")
    }
    return payload
  }

  /// Collects what may be needed of the directory of manifests, which has hundreds of others.
  private func files(_ layers: [Descriptor], _ release: String) async throws -> Files {
    let collected = Monitor(Files())
    let limits = [
      ImageReferences.path: ImageReferences.maximumBytes, PayloadMetadata.path: PayloadMetadata.maximumBytes,
      PayloadBootImages.path: PayloadBootImages.maximumBytes,
    ]
    // The other manifests may be as large as they like: those are not read.
    let wanted = WantedFiles(under: [PayloadVerification.directory]) { limits[$0] ?? .max }
    do {
      try await ImageFiles(layers: layers, of: repository).read(wanted, depth: .firstFind) { file in
        if limits[file.path] != nil {
          let bytes = try file.bytes()
          collected.withLock { $0.named[file.path] = bytes }
        } else if file.size <= PayloadVerification.maximumBytes {
          let bytes = try file.bytes()
          guard PayloadVerification.mayStand(in: bytes) else { return }
          let count = collected.withLock { files in
            files.candidates[file.path] = bytes
            return files.candidates.count
          }
          guard count <= Self.maximumCandidates else {
            throw SealiftError(
              .protocol, "more than \(Self.maximumCandidates) manifests could be the verification ConfigMap",
              nextStep: "ask the publisher for a sound release")
          }
        }
      }
    } catch let error as SealiftError {
      throw error.about("release \(release)")
    }
    return collected.withLock { $0 }
  }

  /// The first in the order of the names counts.
  private func verification(_ files: Files, _ release: String) throws(SealiftError) -> PayloadVerification? {
    for (path, bytes) in files.candidates.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      if let found = try PayloadVerification(bytes, source: "\(path) of release \(release)") { return found }
    }
    return nil
  }

  private func architecture(of config: Descriptor, _ release: String) async throws -> ReleaseArchitecture {
    let bytes = try await repository.config(config, of: "release \(release)")
    let name = ImageConfig.platform(bytes)?.architecture ?? ""
    guard let architecture = ReleaseArchitecture(rawValue: name) else {
      throw SealiftError(
        .protocol, "release \(release) is for the unknown architecture '\(name)'",
        nextStep: "check that the image is a release")
    }
    return architecture
  }
}
