public import BundleFormat
public import Diagnostics
public import Digests
internal import Release

/// Whose signatures on releases count for `unpack` and `verify`, and whether they must.
public struct ReleaseTrustOptions: Sendable {
  /// Files with the public keys that count in place of Red Hat's.
  public var keys: [String] = []
  /// Whether a release that cannot be proven again is an error.
  public var isRequired = false
  /// The variables of the process: `PATH` says where `gpgv` is, `OCP_SIGNATURE_VERIFICATION_PK` names keys.
  public var environment: [String: String]

  /// - Parameter environment: The variables of the process.
  public init(environment: [String: String]) { self.environment = environment }

  /// Proves each release of a bundle again, by what counts here alone; blocks.
  ///
  /// - Parameter content: Gives a file of the head, which is proven to be the bundle's.
  /// - Throws: `untrusted` if signatures do not prove a release, or if one has to be proven and cannot.
  public func prove(
    _ index: BundleIndex, _ reporter: any Reporter, content: (Digest) throws -> [UInt8]
  ) throws -> [ReleaseFinding] {
    if index.releases.isEmpty { return [] }
    let trust = try ReleaseTrust.loaded(files: keys, environment: environment)
    let gpgv = GPGV(environment: environment)
    let digests = Dictionary(uniqueKeysWithValues: index.files.map { ($0.path, $0.digest) })
    func files(_ paths: [String]) throws -> [(path: String, bytes: [UInt8])] {
      // A checked index lists all of them.
      try paths.compactMap { path in try digests[path].map { (path, try content($0)) } }
    }
    return try index.releases.map { release in
      let keyPaths = Set(release.signatures.map(\.keyPath)).sorted()
      let carried = ReleaseProof.Carried(
        digest: release.digest, version: release.version, signatures: try files(release.signatures.map(\.path)),
        keys: try files(keyPaths).map(\.bytes))
      let finding = ReleaseFinding(release, try ReleaseProof(of: carried, trust, gpgv))
      try finding.judge(isRequired: isRequired, reporter)
      return finding
    }
  }
}

/// What the signatures of one release in a bundle are worth on this side.
public struct ReleaseFinding: Sendable {
  /// How the proof ended.
  public enum Outcome: String, Sendable {
    /// Signatures by keys that count here prove it.
    case proven
    /// It was proven when it was packed, and cannot be here, where `gpgv` is not installed.
    case notProvenAgain = "not-proven-again"
    /// It was packed by permission, without a signature.
    case unsigned
  }

  /// The version.
  public let version: String
  /// The architecture.
  public let architecture: String
  /// The digest of the payload.
  public let digest: String
  /// How it ended.
  public let outcome: Outcome
  /// The fingerprints of the keys that have proven it here; where nothing could be, of those that did at packing.
  public let keys: [String]

  /// The release as people call it.
  public var name: String { "\(version) \(architecture)" }

  fileprivate init(_ release: BundleIndex.Release, _ proof: ReleaseProof) {
    version = release.version
    architecture = release.architecture
    digest = release.digest.description
    switch proof {
    case .proven(let fingerprints): (outcome, keys) = (.proven, fingerprints)
    case .notProvenAgain: (outcome, keys) = (.notProvenAgain, release.signatures.map(\.key))
    case .unsignedByPermission: (outcome, keys) = (.unsigned, [])
    }
  }

  /// - Throws: `untrusted` for a release that is not proven, if it has to be.
  fileprivate func judge(isRequired: Bool, _ reporter: any Reporter) throws(SealiftError) {
    switch outcome {
    case .proven: return
    case .notProvenAgain where isRequired:
      throw SealiftError(
        .untrusted, "release \(name) cannot be proven again: gpgv is not installed",
        nextStep: "install it (the package \(GPGV.package) or gnupg2), or leave out --require-release-signatures")
    case .notProvenAgain:
      reporter.report(
        .note("release \(name) was proven when it was packed, and not again: gpgv is not installed here"))
    case .unsigned where isRequired:
      throw SealiftError(
        .untrusted, "release \(name) carries no signature: it was packed by permission",
        nextStep: "ask the packer for a signed release, or leave out --require-release-signatures")
    case .unsigned:
      reporter.report(
        .warning("release \(name) carries no signature: it was packed with --allow-unsigned-release \(version)"))
    }
  }
}
