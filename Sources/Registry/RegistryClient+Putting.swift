internal import Diagnostics
internal import Digests
internal import HTTPTransport
public import OCI
internal import Synchronization

extension RegistryClient {
  // A registry of several machines can mix up answers; one that does so each time has another reason.
  private static let maximumPuts = 3

  // Distribution 2.8 rewrites the links of a manifest in place: what is sent just then finds an empty one, or no child.
  private static let pausesAfterBadRequest = [1, 4]

  /// Sends a manifest and checks that the registry has understood the same bytes.
  ///
  /// A registry whose answer has another digest is sent it again. A tag that it sets to something else all the same does
  /// not stay: it becomes what it was before.
  @discardableResult
  public func putManifest(
    _ bytes: [UInt8], mediaType: MediaType, as reference: ManifestReference, in repository: String
  ) async throws -> Bool {
    let subject = "manifest \(name)/\(repository)\(reference.suffix)"
    let digest = SHA256Hasher.digest(of: bytes)
    try Self.compare(digest, with: reference, subject)
    var told: Digest?
    for _ in 0..<Self.maximumPuts {
      let response = try await sendManifest(bytes, mediaType, as: reference, in: repository)
      told = Self.digestHeader(of: response)
      // What is merely accepted need not be there.
      if told == nil { told = response.status == 201 ? digest : try await standing(reference, in: repository) }
      if told == digest { return response.headers["OCI-Subject"] != nil }
    }
    guard let told else {
      throw SealiftError(
        .protocol, "\(name) takes \(subject), and does not have it then", nextStep: "look at the registry's log")
    }
    guard case .tag(let tag) = reference else { throw mismatch(subject, told, digest) }
    switch try await standing(reference, in: repository) {
    case digest: return false
    case let found: throw mismatch(subject, told, digest, await takeBack(tag, in: repository, from: found))
    }
  }

  private func sendManifest(
    _ bytes: [UInt8], _ mediaType: MediaType, as reference: ManifestReference, in repository: String
  ) async throws -> HTTPResponse {
    try await retrying {
      let url = try await url("manifests/\(reference)", in: repository)
      let call = Call(
        method: .put, url: url, scope: .push(repository), headers: ["Content-Type": mediaType.rawValue],
        body: .bytes(bytes))
      var response = try await send(call)
      for pause in Self.pausesAfterBadRequest where response.status == 400 {
        try await Task.sleep(for: options.persistence.firstPause * pause)
        response = try await send(call)
      }
      if [200, 201, 202, 204].contains(response.status) { return response }
      let subject = "manifest \(name)/\(repository)\(reference.suffix)"
      throw response.error(subject, host: name, reference.purpose(in: repository))
    }
  }

  /// What a name stands for by the bytes that come, whatever the registry says of them.
  private func standing(_ reference: ManifestReference, in repository: String) async throws -> Digest? {
    let response = try await getManifest(reference, in: repository)
    return response.status == 200 ? SHA256Hasher.digest(of: response.body) : nil
  }

  /// Gives a tag back what it stood for, as far as the registry lets it.
  ///
  /// - Parameter wrong: What it stands for now.
  /// - Returns: What became of it, as the end of a sentence.
  private func takeBack(_ tag: String, in repository: String, from wrong: Digest?) async -> String {
    guard let wrong else { return "; the tag is not there" }
    guard let before = tagsBefore.withLock({ $0["\(repository):\(tag)"] }) else {
      return "; the tag stands for \(wrong) now: look whether that is wanted"
    }
    if before == wrong { return "; the tag stands for what it stood for before" }
    if let before { await setAgain(tag, to: before, in: repository) } else { await remove(tag, in: repository) }
    guard let now = try? await [standing(.tag(tag), in: repository)] else {
      return "; the tag was taken back, and what it stands for now does not let itself be asked"
    }
    if now == [before] {
      return before.map { "; the tag is set back to \($0)" } ?? "; the tag is removed again"
    }
    return "; the tag stands for \(wrong) now, and it does not let itself be set back: delete it there"
  }

  private func setAgain(_ tag: String, to digest: Digest, in repository: String) async {
    guard let old = try? await manifest(.digest(digest), in: repository) else { return }
    _ = try? await sendManifest(old.bytes, old.descriptor.mediaType, as: .tag(tag), in: repository)
  }

  /// Source: OCI distribution-spec, "Deleting tags".
  private func remove(_ tag: String, in repository: String) async {
    guard let url = try? await url("manifests/\(tag)", in: repository) else { return }
    _ = try? await send(Call(method: .delete, url: url, scope: .delete(repository)))
  }
}

extension ManifestReference {
  fileprivate func purpose(in repository: String) -> Purpose {
    switch self {
    case .tag(let tag): .tag(tag, in: repository)
    case .digest: .push(repository)
    }
  }
}
