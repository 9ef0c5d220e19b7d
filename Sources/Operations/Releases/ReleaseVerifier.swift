internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import Release
internal import SystemIO

/// Finds and proves the signatures of payloads when they are packed.
struct ReleaseVerifier: Sendable {
  /// What a payload is, and what it says of its own verification.
  struct Payload: Sendable {
    /// The digest of its root manifest.
    let digest: Digest
    /// `4.18.1`.
    let version: String
    /// `host[:port]` that it comes from, if it is a registry.
    let registry: String?
    /// The key files that it hands out.
    let keys: [[UInt8]]
    /// The stores that it names.
    let stores: [String]
  }

  /// `nil` if it is not installed.
  let gpgv: GPGV?
  /// Whose signatures count.
  let trust: ReleaseTrust
  /// Where signatures are looked for.
  let stores: SignatureStores
  /// The versions that may go without.
  let allowedUnsigned: Set<String>
  let fetcher: HTTPFetcher
  let pool: BlockingPool
  let reporter: any Reporter

  /// Looks for signatures, store by store, until one has proven the payload.
  ///
  /// - Returns: All proven ones of that store; none only for a version that may go without.
  /// - Throws: `untrusted` if there is none, naming what each store gave, and for a signature of another payload, which
  ///   no permission covers; `configuration` without `gpgv`; `network` if no store could be asked.
  func signatures(of payload: Payload) async throws -> [ProvenReleaseSignature] {
    let isOptional = allowedUnsigned.contains(payload.version)
    guard let gpgv else {
      guard isOptional else { throw GPGV.missing }
      reporter.report(.warning("release \(payload.version) is packed unproven: gpgv is not installed"))
      return []
    }
    var findings: [SealiftError] = []
    let keys = trust.keys(among: Self.readable(payload.keys))
    for store in stores.stores(named: payload.stores, registry: payload.registry) {
      let (proven, problems) = try await look(in: store, for: payload.digest, keys, gpgv)
      findings += problems
      if proven.isEmpty { continue }
      // Another store may well be without it; all else is worth a look.
      for problem in findings where problem.code != .notFound { reporter.report(.warning(problem.problem)) }
      return proven
    }
    let refusal = Self.refusal(payload, findings, hasKeys: !keys.isEmpty)
    guard isOptional else { throw refusal }
    reporter.report(.warning("\(refusal.problem); it is packed by --allow-unsigned-release"))
    return []
  }

  private func look(
    in store: SignatureStore, for digest: Digest, _ keys: [ReleaseKey], _ gpgv: GPGV
  ) async throws -> (proven: [ProvenReleaseSignature], problems: [SealiftError]) {
    let found: [SignatureStore.Found]
    do { found = try await store.signatures(for: digest, fetcher, pool) } catch let error as SealiftError {
      return ([], [error])
    }
    if found.isEmpty {
      return ([], [SealiftError(.notFound, "\(store) has no signature of it", nextStep: "ask another store")])
    }
    var proven: [ProvenReleaseSignature] = []
    var problems: [SealiftError] = []
    for signature in found {
      let source = "the signature \(signature.place)"
      let verdict = try await pool.run {
        try gpgv.verify(signature.bytes, for: digest, keys: keys, source: source)
      }
      switch verdict {
      case .proven(let signature): proven.append(signature)
      case .refused(let error): problems.append(error)
      case .otherPayload(let error): throw error
      }
    }
    return (proven, problems)
  }

  // A key of a form that nobody knew when this was written must not hide those beside it.
  private static func readable(_ files: [[UInt8]]) -> [ReleaseKey] {
    files.flatMap { (try? ReleaseKey.read($0, name: "the payload's key")) ?? [] }
  }

  private static func refusal(_ payload: Payload, _ findings: [SealiftError], hasKeys: Bool) -> SealiftError {
    let whatStoresGave = findings.map(\.problem).joined(separator: "; ")
    let why = hasKeys ? whatStoresGave : "the payload hands out no key that is trusted; \(whatStoresGave)"
    let problem = "release \(payload.version) (\(payload.digest)) has no valid signature: \(why)"
    let permission = "--allow-unsigned-release \(payload.version) goes on without proof"
    if !findings.isEmpty, findings.allSatisfy({ $0.code == .network }) {
      return SealiftError(
        .network, problem, nextStep: "name a store that can be reached with --signature-store; \(permission)",
        isTransient: true)
    }
    return SealiftError(
      .untrusted, problem,
      nextStep: "name the publisher's key with --release-key FILE, or a store with --signature-store; \(permission)")
  }
}
