internal import Diagnostics
internal import Digests
internal import Release
internal import SystemIO

/// What a release's signatures in a bundle prove on this side of the gap.
enum ReleaseProof: Sendable, Equatable {
  /// Signatures by keys that count here prove it.
  case proven(fingerprints: [String])
  /// It was proven when it was packed, and cannot be again: `gpgv` is not installed.
  case notProvenAgain
  /// It was packed by permission, without a signature.
  case unsignedByPermission

  /// A release as a bundle carries it.
  struct Carried: Sendable {
    /// The digest of the payload's root manifest.
    let digest: Digest
    /// `4.18.1`.
    let version: String
    /// The signatures, each one with the path of its file.
    let signatures: [(path: String, bytes: [UInt8])]
    /// The files with keys: what they hold counts only as far as it is pinned here.
    let keys: [[UInt8]]
  }

  /// Proves a release again; blocks.
  ///
  /// A signature whose key does not count here is passed over where another one proves the release: the packer may have
  /// trusted more keys.
  ///
  /// - Parameters:
  ///   - release: The release.
  ///   - trust: Whose signatures count here.
  ///   - gpgv: `nil` if it is not installed.
  /// - Throws: `untrusted` if it carries signatures, and none of them proves it, or one is for another payload.
  init(of release: Carried, _ trust: ReleaseTrust, _ gpgv: GPGV?) throws(SealiftError) {
    if release.signatures.isEmpty {
      self = .unsignedByPermission
      return
    }
    guard let gpgv else {
      self = .notProvenAgain
      return
    }
    var offered: [ReleaseKey] = []
    // One that cannot be read proves nothing, and may not be needed.
    for file in release.keys { offered += (try? ReleaseKey.read(file, name: "a key of the bundle")) ?? [] }
    let keys = trust.keys(among: offered)
    var fingerprints: Set<String> = []
    var problems: [String] = []
    for signature in release.signatures {
      let verdict = try gpgv.verify(
        signature.bytes, for: release.digest, keys: keys, source: "the signature \(signature.path)")
      switch verdict {
      case .proven(let proven):
        guard proven.bytes == signature.bytes else {
          problems.append("the signature \(signature.path) holds bytes at its end that nobody has signed")
          continue
        }
        fingerprints.insert(proven.key.fingerprint)
      case .refused(let error): problems.append(error.problem)
      case .otherPayload(let error):
        throw error.reworded("release \(release.version) is not proven: \(error.problem)")
      }
    }
    guard !fingerprints.isEmpty else {
      throw SealiftError(
        .untrusted,
        "release \(release.version) (\(release.digest)) is not proven: \(problems.joined(separator: "; "))",
        nextStep: "if its publisher's key is another one, name it with --release-key FILE; else do not use this bundle")
    }
    self = .proven(fingerprints: fingerprints.sorted())
  }
}
