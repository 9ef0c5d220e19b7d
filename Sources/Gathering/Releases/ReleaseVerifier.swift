internal import Content
internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import Release
internal import SystemIO
internal import Versions

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
  /// - Parameter found: Those that lie beside it, which are tried first.
  /// - Returns: All proven ones of that store; none only for a version that may go without.
  /// - Throws: `untrusted` if there is none, naming what each store gave, and for a signature of another payload, which
  ///   no permission covers; `configuration` without `gpgv`; `network` if no store could be asked.
  func signatures(
    of payload: Payload, beside found: [SignatureStore.Found] = []
  ) async throws -> [ProvenReleaseSignature] {
    let isOptional = allowedUnsigned.contains(payload.version)
    guard let gpgv else {
      guard isOptional else { throw GPGV.missing }
      reporter.report(.warning("release \(payload.version) is packed unproven: gpgv is not installed"))
      return []
    }
    let keys = trust.keys(among: Self.readable(payload.keys))
    var (proven, findings) = try await verify(found, for: payload.digest, keys, gpgv)
    if proven.isEmpty {
      let answer = try await search(
        stores.stores(named: payload.stores, registry: payload.registry), for: payload.digest, keys, gpgv)
      (proven, findings) = (answer.proven, findings + answer.problems)
    }
    if !proven.isEmpty {
      warn(of: findings)
      return proven
    }
    let refusal = Self.refusal(
      "\(payload.version) (\(payload.digest))", payload.version, findings, hasKeys: !keys.isEmpty)
    guard isOptional else { throw refusal }
    reporter.report(.warning("\(refusal.problem); it is packed by --allow-unsigned-release"))
    return []
  }

  /// Looks for signatures of a payload of which nothing but the digest is known, so that nothing more is read of one
  /// that nobody has signed.
  ///
  /// - Parameters:
  ///   - digest: That of its root manifest.
  ///   - version: What an update graph says that it is.
  ///   - registry: `host[:port]` that it comes from.
  /// - Returns: The proven ones; `nil` if the payload itself must help to find them: the keys that count are known by
  ///   their fingerprints alone, it may name other stores, or it may be of a version that may go without.
  /// - Throws: As `signatures(of:)`.
  func signatures(
    of digest: Digest, version: String?, from registry: String
  ) async throws -> [ProvenReleaseSignature]? {
    let isRequired = version.map { !allowedUnsigned.contains($0) } ?? allowedUnsigned.isEmpty
    guard let gpgv else {
      if isRequired { throw GPGV.missing }
      return nil
    }
    let keys = trust.keys(among: [])
    guard !keys.isEmpty else { return nil }
    let (proven, findings) = try await search(stores.stores(named: [], registry: registry), for: digest, keys, gpgv)
    if !proven.isEmpty {
      warn(of: findings)
      return proven
    }
    guard isRequired, !stores.asksPayloadStores else { return nil }
    throw Self.refusal(
      version.map { "\($0) (\(digest))" } ?? digest.description, version ?? "VERSION", findings, hasKeys: true)
  }

  /// Says what was wrong beside what proves the payload. Another store may well be without it; all else is worth a look.
  private func warn(of problems: [SealiftError]) {
    for problem in problems where problem.code != .notFound { reporter.report(.warning(problem.problem)) }
  }

  /// Asks store by store, until one has proven the payload.
  ///
  /// - Returns: All proven ones of that store, and what was wrong with others.
  private func search(
    _ stores: [SignatureStore], for digest: Digest, _ keys: [ReleaseKey], _ gpgv: GPGV
  ) async throws -> Answer {
    var findings: [SealiftError] = []
    for store in stores {
      let (proven, problems) = try await look(in: store, for: digest, keys, gpgv)
      findings += problems
      if proven.isEmpty { continue }
      return (proven, findings)
    }
    return ([], findings)
  }

  private typealias Answer = (proven: [ProvenReleaseSignature], problems: [SealiftError])

  private func look(
    in store: SignatureStore, for digest: Digest, _ keys: [ReleaseKey], _ gpgv: GPGV
  ) async throws -> Answer {
    let found: [SignatureStore.Found]
    do { found = try await store.signatures(for: digest, fetcher, pool) } catch let error as SealiftError {
      return ([], [error])
    }
    if found.isEmpty {
      return ([], [SealiftError(.notFound, "\(store) has no signature of it", nextStep: "ask another store")])
    }
    return try await verify(found, for: digest, keys, gpgv)
  }

  private func verify(
    _ found: [SignatureStore.Found], for digest: Digest, _ keys: [ReleaseKey], _ gpgv: GPGV
  ) async throws -> Answer {
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

  private static func refusal(
    _ name: String, _ version: String, _ findings: [SealiftError], hasKeys: Bool
  ) -> SealiftError {
    let whatStoresGave = findings.map(\.problem).joined(separator: "; ")
    let why = hasKeys ? whatStoresGave : "the payload hands out no key that is trusted; \(whatStoresGave)"
    let problem = "release \(name) has no valid signature: \(why)"
    let permission = "--allow-unsigned-release \(version) goes on without proof"
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

extension ReleaseVerifier {
  /// - Throws: `usage`, `notFound` and `configuration` for keys and stores that cannot be used.
  init(
    _ options: ReleaseOptions, environment: [String: String], _ fetcher: HTTPFetcher, pool: BlockingPool,
    _ reporter: any Reporter
  ) throws {
    self.init(
      gpgv: GPGV(environment: environment),
      trust: try ReleaseTrust.loaded(files: options.keys, environment: environment),
      stores: try SignatureStores(options: options.signatureStores, environment: environment),
      allowedUnsigned: options.allowedUnsigned, fetcher: fetcher, pool: pool, reporter: reporter)
  }
}

extension ReleaseVerifier.Payload {
  /// - Parameter registry: `host[:port]` that it comes from, if it is a registry.
  init(_ payload: ReleasePayload, _ digest: Digest, registry: String?) {
    self.init(
      digest: digest, version: payload.version.description, registry: registry,
      keys: payload.verification?.keys.map { Array($0.armored.utf8) } ?? [],
      stores: payload.verification?.stores.map(\.url) ?? [])
  }
}
