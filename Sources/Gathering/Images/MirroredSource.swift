internal import Configuration
internal import Diagnostics
internal import Digests
internal import OCI
internal import Registry
internal import Synchronization

/// A registry for which the settings of the host name mirrors: they are asked in order, and then the registry itself.
///
/// What comes keeps the names of the registry. Once a place has served a repository it is asked first.
final class MirroredSource: ReferrerSource {
  typealias Endpoint = RegistryMirrors.Endpoint

  private let host: String
  private let mirrors: RegistryMirrors
  private let client: @Sendable (Endpoint) async throws -> RegistryClient
  private let reporter: any Reporter
  private let serving = Mutex<[String: Endpoint]>([:])
  // In an enclave the registry itself is never reached: asking it once is enough where something else serves.
  private let unreachable = Mutex<Set<String>>([])
  private let withoutTags = Mutex<Set<String>>([])

  /// - Parameters:
  ///   - host: The registry as images name it.
  ///   - mirrors: The settings.
  ///   - client: Opens a registry, each once.
  init(
    _ host: String, _ mirrors: RegistryMirrors, _ reporter: any Reporter,
    _ client: @escaping @Sendable (Endpoint) async throws -> RegistryClient
  ) {
    self.host = host
    self.mirrors = mirrors
    self.reporter = reporter
    self.client = client
  }

  func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    var byDigest = false
    if case .digest = reference { byDigest = true }
    return try await first(repository, byDigest: byDigest, serves: true) { client, endpoint in
      try await client.manifest(reference, in: endpoint.repository)
    }
  }

  func companion(_ tag: String, in repository: String) async throws -> FetchedManifest? {
    do {
      return try await first(repository, byDigest: false, serves: false) { client, endpoint in
        try await client.companion(tag, in: endpoint.repository)
      }
    } catch let error as SealiftError where error.code == .network && servesDigestsAlone(repository) {
      if withoutTags.withLock({ $0.insert(repository).inserted }) {
        reporter.report(
          .note(
            "what serves \(host)/\(repository) is asked for digests alone, and \(error.problem): it is taken to have no "
              + "signatures under tags; name a mirror that is asked for tags too, or pass --no-referrers"))
      }
      return nil
    }
  }

  /// Whether the place that serves a repository is not asked for tags, as mirrors of pinned images mostly are not.
  private func servesDigestsAlone(_ repository: String) -> Bool {
    guard let known = serving.withLock({ $0[repository] }) else { return false }
    return (try? mirrors.endpoints(host, repository, byDigest: false))?.contains(known) == false
  }

  func referrers(of digest: Digest, in repository: String) async throws -> [Descriptor]? {
    try await first(repository, byDigest: true, serves: false) { client, endpoint in
      try await client.referrers(of: digest, in: endpoint.repository)
    }
  }

  func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    // What one place began another one can go on with: the digest is checked at the end.
    let delivered = Atomic<Int>(offset)
    let done: Bool? = try await first(repository, byDigest: true, serves: true) { client, endpoint in
      try await client.blob(
        descriptor, in: endpoint.repository, from: delivered.load(ordering: .relaxed)
      ) { bytes in
        try consume(bytes)
        delivered.add(bytes.count, ordering: .relaxed)
      }
      return true
    }
    precondition(done == true)
  }

  func answersOthers(in repository: String) async -> Bool {
    for endpoint in (try? endpoints(repository, byDigest: false)) ?? [] {
      if await (try? client(endpoint))?.answersOthers(in: endpoint.repository) == true { return true }
    }
    return false
  }

  /// What the first place has that has anything.
  ///
  /// - Parameter serves: Whether an answer shows that the place has the repository.
  /// - Throws: What the last place throws, naming the others, if one of them failed and none has it.
  private func first<Value: Sendable>(
    _ repository: String, byDigest: Bool, serves: Bool,
    _ ask: (RegistryClient, Endpoint) async throws -> Value?
  ) async throws -> Value? {
    var failures: [(endpoint: Endpoint, error: SealiftError)] = []
    var isKnownAbsent = false
    for endpoint in try endpoints(repository, byDigest: byDigest) {
      do {
        if let value = try await ask(try await client(endpoint), endpoint) {
          if serves { note(endpoint, repository) }
          return value
        }
        if serving.withLock({ $0[repository] }) == endpoint { isKnownAbsent = true }
      } catch let error as SealiftError where Self.isOfThePlace(error) {
        failures.append((endpoint, error))
        if error.code == .network { _ = unreachable.withLock { $0.insert(endpoint.host) } }
      }
    }
    // What serves the repository says that there is none, such as a signature: the others need not be asked for it.
    if isKnownAbsent { return nil }
    if let failure = failures.last { throw Self.joined(failures.dropLast(), failure.error, "\(host)/\(repository)") }
    return nil
  }

  /// Whether another place may do better: not if the fault is here, such as a full disk.
  private static func isOfThePlace(_ error: SealiftError) -> Bool {
    [.network, .denied, .notFound, .protocol].contains(error.code)
  }

  private func endpoints(_ repository: String, byDigest: Bool) throws(SealiftError) -> [Endpoint] {
    let endpoints = try mirrors.endpoints(host, repository, byDigest: byDigest)
    guard let known = serving.withLock({ $0[repository] }), endpoints.contains(known) else { return endpoints }
    let silent = unreachable.withLock { $0 }
    return [known] + endpoints.filter { $0 != known && !silent.contains($0.host) }
  }

  /// Says once which mirror a repository comes from.
  private func note(_ endpoint: Endpoint, _ repository: String) {
    let isNew = serving.withLock { $0.updateValue(endpoint, forKey: repository) != endpoint }
    guard isNew, endpoint.isMirror else { return }
    reporter.report(
      .note(
        "\(host)/\(repository) is fetched from its mirror \(endpoint.host)/\(endpoint.repository), as "
          + "\(endpoint.place) says"))
  }

  private static func joined(
    _ others: ArraySlice<(endpoint: Endpoint, error: SealiftError)>, _ last: SealiftError, _ name: String
  ) -> SealiftError {
    if others.isEmpty { return last }
    let words = others.map { "\($0.endpoint.host)/\($0.endpoint.repository): \($0.error.problem)" }
    return last.reworded("\(last.problem); nor did a mirror of \(name) have it (\(words.joined(separator: "; ")))")
  }
}
