internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import OCI

/// An upload of content that can be read only once: each chunk is kept until the registry has it.
actor ChunkedUpload: BlobUpload {
  // Object stores behind registries ask for 5 MiB; more would break the bound on memory.
  private static let maximumMinimumChunk = 16 << 20

  private let client: RegistryClient
  private var session: UploadSession
  // What the registry does not have yet, because it wants larger chunks.
  private var pending: [UInt8] = []
  private var acknowledged = 0
  private var hasEnded = false

  init(_ client: RegistryClient, _ session: UploadSession) {
    self.client = client
    self.session = session
  }

  func append(_ chunk: [UInt8]) async throws {
    guard !hasEnded else { throw lost() }
    guard session.minimumChunk <= Self.maximumMinimumChunk else {
      throw SealiftError(
        .protocol, "\(client.name) wants upload chunks of at least \(session.minimumChunk.asBytes)",
        nextStep: "unpack from a file instead of a pipe")
    }
    if pending.isEmpty { pending = chunk } else { pending += chunk }
    guard !pending.isEmpty, pending.count >= session.minimumChunk else { return }
    try await flush()
  }

  func finish(_ digest: Digest) async throws {
    guard !hasEnded else { throw lost() }
    if !pending.isEmpty { try await flush() }
    hasEnded = true
    let descriptor = Descriptor(mediaType: .ociManifest, digest: digest, size: acknowledged)
    var tries = 0
    try await client.retrying {
      // The answer to a completion may be what was lost.
      tries += 1
      if tries > 1, try await client.hasBlob(descriptor, in: session.repository) { return }
      try await client.complete(session, digest)
    }
  }

  func cancel() async {
    guard !hasEnded else { return }
    hasEnded = true
    pending = []
    await client.cancel(session)
  }

  /// Sends all that is pending.
  private func flush() async throws {
    let bytes = pending
    let start = acknowledged
    var mustAsk = false
    do {
      try await client.retrying(progress: { acknowledged }) {
        if mustAsk { try await resume(within: start...start + bytes.count) }
        mustAsk = true
        while acknowledged < start + bytes.count { try await send(bytes, from: acknowledged - start) }
      }
    } catch {
      hasEnded = true
      pending = []
      await client.cancel(session)
      throw error
    }
    pending = []
  }

  /// Sends one chunk, as large as the registry takes it.
  private func send(_ bytes: [UInt8], from offset: Int) async throws {
    let count = min(client.chunking.size.map { max($0, session.minimumChunk) } ?? .max, bytes.count - offset)
    let body = offset == 0 && count == bytes.count ? bytes : Array(bytes[offset..<offset + count])
    let response = try await client.patch(session, from: acknowledged, count: count, .bytes(body))
    switch response.status {
    case 202:
      session.location = try await client.location(of: response, after: session.location)
      let end = acknowledged + count
      guard RegistryClient.acknowledged(response, of: end).map({ $0 == end }) ?? true else { throw lost() }
      acknowledged = end
    case 413 where client.chunking.refuse(count): return
    case 404: throw lost()
    case 416:
      let error = SealiftError(
        .network, "\(client.name) has another part of an upload than was sent", nextStep: "run the same command again",
        isTransient: true)
      throw RetryableFailure(error: error, retryAfter: nil)
    default:
      throw response.error(
        "an upload to \(client.name)/\(session.repository)", host: client.name, .push(session.repository))
    }
  }

  /// Asks the registry what it has, after a break.
  ///
  /// Source: OCI distribution-spec, "Pushing a blob in chunks", the status of an upload.
  private func resume(within possible: ClosedRange<Int>) async throws {
    let response = try await client.send(
      RegistryClient.Call(method: .get, url: session.location, scope: .push(session.repository)))
    guard response.status == 204 || response.status == 202 else {
      if response.mayPass {
        throw response.error("an upload to \(client.name)/\(session.repository)", host: client.name)
      }
      throw lost()
    }
    guard let position = RegistryClient.acknowledged(response, of: possible.upperBound), possible.contains(position)
    else { throw lost() }
    acknowledged = position
    if response.headers["Location"] != nil {
      session.location = try await client.location(of: response, after: session.location)
    }
  }

  private func lost() -> SealiftError {
    SealiftError(
      .again, "\(client.name) lost an upload to \(session.repository) half-way, and a pipe cannot be read again",
      nextStep: "run the same command again: it goes on where it was")
  }
}
