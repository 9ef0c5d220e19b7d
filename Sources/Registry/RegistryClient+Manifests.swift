internal import Diagnostics
public import Digests
internal import HTTPTransport
public import OCI
internal import Synchronization

extension RegistryClient {
  /// Fetches a manifest; its digest is computed over the bytes that came.
  public func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    try await fetch(reference, in: repository) { _ in false }
  }

  /// Fetches a manifest that mostly is not there; a refusal means the same, and is told once.
  public func companion(_ tag: String, in repository: String) async throws -> FetchedManifest? {
    if try await isKnownAbsent(tag, in: repository) { return nil }
    return try await fetch(.tag(tag), in: repository) { response in
      guard response.isRefusal else { return false }
      self.say(once: .companion, "\(self.name) answers \(response.status) where it is asked for signatures by tag")
      return true
    }
  }

  private func fetch(
    _ reference: ManifestReference, in repository: String, isAbsence: (HTTPResponse) -> Bool
  ) async throws -> FetchedManifest? {
    let subject = "manifest \(name)/\(repository)\(reference.suffix)"
    return try await retrying {
      let response = try await getManifest(reference, in: repository)
      if response.status == 404 || isAbsence(response) { return nil }
      guard response.status == 200 else { throw response.error(subject, host: name) }
      let digest = SHA256Hasher.digest(of: response.body)
      try Self.compare(digest, with: reference, subject)
      try checkDigestHeader(of: response, digest, subject)
      let served = response.headers["Content-Type"].map(MediaType.init(contentType:))
      let manifest = try Manifest(response.body, mediaType: served, source: subject)
      let descriptor = Descriptor(mediaType: manifest.mediaType, digest: digest, size: response.body.count)
      return FetchedManifest(descriptor: descriptor, bytes: response.body, manifest: manifest)
    }
  }

  /// Asks for a manifest's digest without fetching it, where the registry tells.
  ///
  /// A target that refuses to say is taken not to have it: what is sent to it then shows whether it may be.
  public func hasManifest(_ reference: ManifestReference, in repository: String) async throws -> Digest? {
    let subject = "manifest \(name)/\(repository)\(reference.suffix)"
    let told: Digest?? = try await retrying {
      let url = try await url("manifests/\(reference)", in: repository)
      let response = try await send(Call(method: .head, url: url, scope: reading(repository), headers: Self.accept))
      // Few registries know GET alone.
      if [405, 501].contains(response.status) { return nil }
      if response.status == 404 || hides(response) { return .some(nil) }
      guard response.status == 200 else { throw response.error(subject, host: name) }
      guard let digest = Self.digestHeader(of: response) else { return nil }
      try Self.compare(digest, with: reference, subject)
      return digest
    }
    let found: Digest?
    if let told {
      found = told
    } else {
      found = try await fetch(reference, in: repository, isAbsence: hides)?.descriptor.digest
    }
    if case .tag(let tag) = reference, options.isTarget {
      tagsBefore.withLock { $0["\(repository):\(tag)"] = .some(found) }
    }
    return found
  }

  /// Whether the registry answers for another manifest, asked once.
  public func answersOthers(in repository: String) async -> Bool {
    guard let url = try? await url("manifests/\(SHA256Hasher.emptyDigest)", in: repository),
      let response = try? await send(Call(method: .head, url: url, scope: reading(repository), headers: Self.accept))
    else { return false }
    return !response.mayPass
  }

  func getManifest(_ reference: ManifestReference, in repository: String) async throws -> HTTPResponse {
    let url = try await url("manifests/\(reference)", in: repository)
    return try await send(Call(method: .get, url: url, scope: reading(repository), headers: Self.accept)) { head in
      head.status == 200 ? .keep(limit: Manifest.maximumBytes) : .excerpt
    }
  }

  private static let accept: HTTPHeaders = ["Accept": MediaType.manifests.map(\.rawValue).joined(separator: ", ")]

  static func compare(
    _ digest: Digest, with reference: ManifestReference, _ subject: String
  ) throws(SealiftError) {
    guard case .digest(let wanted) = reference, wanted != digest else { return }
    throw SealiftError(
      .protocol, "\(subject) has the digest \(digest)", nextStep: "do not use this registry until its owner has looked")
  }

  /// Compares the registry's own idea of a digest, where it has one, with ours.
  func checkDigestHeader(of response: HTTPResponse, _ digest: Digest, _ subject: String) throws(SealiftError) {
    guard let told = Self.digestHeader(of: response), told != digest else { return }
    throw mismatch(subject, told, digest)
  }

  func mismatch(_ subject: String, _ told: Digest, _ digest: Digest, _ consequence: String = "") -> SealiftError {
    SealiftError(
      .protocol, "\(name) says that \(subject) has the digest \(told), but it has \(digest)\(consequence)",
      nextStep: "do not use this registry until its owner has looked")
  }

  // Digests of another algorithm are no use: there is nothing to compare them with.
  static func digestHeader(of response: HTTPResponse) -> Digest? {
    response.headers["Docker-Content-Digest"].flatMap { try? Digest($0) }
  }
}

extension MediaType {
  /// The type in a `Content-Type` header, without its parameters.
  init(contentType: String) {
    let type = contentType.prefix { $0 != ";" && $0 != " " }
    self.init(rawValue: type.lowercased())
  }
}

extension ManifestReference {
  /// `:tag` or `@digest`.
  var suffix: String {
    switch self {
    case .tag(let tag): ":\(tag)"
    case .digest(let digest): "@\(digest)"
    }
  }
}
