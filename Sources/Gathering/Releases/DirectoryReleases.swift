internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Release
internal import SystemIO

/// Proves the releases in directories of `oc`, by the signatures that lie beside their payloads, as one from a registry is
/// proven.
struct DirectoryReleases: Sendable {
  let sources: SourceSet
  let verifier: ReleaseVerifier

  /// Proves one release.
  ///
  /// - Parameters:
  ///   - signed: Its payload, and what lies beside it.
  ///   - origin: Where the payload is.
  /// - Throws: `untrusted` as for a release of a registry; `protocol` or `corrupt` for what is no payload.
  func prove(_ signed: MirrorSignatures.Signed, at origin: ImageOrigin) async throws -> ProvenRelease {
    let repository = ImageRepository(origin.repository, of: try await sources.source(origin))
    let name = origin.source(of: signed.digest)
    guard let root = try await repository.manifest(.digest(signed.digest)) else {
      throw SealiftError(.protocol, "\(name) is gone", nextStep: "run the command again")
    }
    let payload = try await PayloadReader(repository: repository).read(root, release: name)
    let signatures = try await verifier.signatures(
      of: ReleaseVerifier.Payload(payload, signed.digest, registry: nil), beside: signed.signatures)
    return ProvenRelease(source: name, digest: signed.digest, payload: payload, signatures: signatures)
  }
}

extension ProvenRelease {
  /// What it calls the images of a directory, beside the names that they have there.
  ///
  /// - Parameter source: The name of the image there.
  func uses(of digest: Digest, _ source: String) -> [BundleIndex.Request] {
    let payload =
      digest == self.digest ? [BundleIndex.Request(source: source, reason: .release(name))] : []
    return payload
      + self.payload.references.components.filter { $0.image.digest == digest }.map { component in
        BundleIndex.Request(
          source: component.image.description, reason: .component(component.name, of: name))
      }
  }
}
