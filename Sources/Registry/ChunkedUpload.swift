internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import OCI
internal import SystemIO

/// An upload in chunks, of which each is sent until the registry has it.
///
/// Content that can be read only once is kept chunk by chunk until then.
actor ChunkedUpload: BlobUpload {
  // Object stores behind registries ask for 5 MiB; more would break the bound on memory.
  private static let maximumMinimumChunk = 16 << 20

  private let client: RegistryClient
  // Whether all of it can be sent again from the start.
  private let isRepeatable: Bool
  private var session: UploadSession
  // What the registry does not have yet, because it wants larger chunks.
  private var pending: [UInt8] = []
  private var acknowledged = 0
  private var hasEnded = false

  init(_ client: RegistryClient, _ session: UploadSession, isRepeatable: Bool = false) {
    self.client = client
    self.isRepeatable = isRepeatable
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
    try await complete(digest)
  }

  /// Sends all of a content that can be read again.
  func send(_ content: any BlobContent) async throws {
    let reader = try await client.options.pool.run { try ReaderBox(content) }
    try await advance(to: content.descriptor.size) { range in
      .stream(length: range.count) {
        try reader.seek(to: range.lowerBound)
        return { try reader.read(into: $0) }
      }
    }
    try await complete(content.descriptor.digest)
  }

  private func complete(_ digest: Digest) async throws {
    let descriptor = Descriptor(mediaType: .ociManifest, digest: digest, size: acknowledged)
    var tries = 0
    try await client.retrying {
      // The answer to a completion may be what was lost. Where every second request fails, this question and the
      // completion would take turns for ever, so it is not asked each time.
      tries += 1
      let isTime = tries.isMultiple(of: 2)
      if isTime, try await client.finally({ try await client.hasBlob(descriptor, in: session.repository) }) { return }
      do { try await client.complete(session, digest) } catch let failure as RetryableFailure
        where isRepeatable && failure.error.code == .notFound
      { throw lost() }
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
    let (bytes, start) = (pending, acknowledged)
    do {
      try await advance(to: start + bytes.count) { range in
        .bytes(range.count == bytes.count ? bytes : Array(bytes[range.lowerBound - start..<range.upperBound - start]))
      }
    } catch {
      hasEnded = true
      pending = []
      await client.cancel(session)
      throw error
    }
    pending = []
  }

  /// Sends what is missing up to a place.
  private func advance(to end: Int, _ body: (Range<Int>) -> HTTPRequest.Body) async throws {
    let start = acknowledged
    var tries = 0
    try await client.retrying(progress: { acknowledged }) {
      if tries > 0 { try await resume(within: start...end) }
      // Where every second request fails, that question and the chunk would take turns for ever.
      if tries > 0, tries.isMultiple(of: 2) { _ = try? await status() }
      tries += 1
      while acknowledged < end { try await send(upTo: end, body) }
    }
  }

  /// Sends one chunk, as large as the registry takes it.
  private func send(upTo end: Int, _ body: (Range<Int>) -> HTTPRequest.Body) async throws {
    let count = min(client.chunking.size.map { max($0, session.minimumChunk) } ?? .max, end - acknowledged)
    let range = acknowledged..<acknowledged + count
    let response = try await client.patch(session, from: acknowledged, count: count, body(range))
    switch response.status {
    case 201, 202, 204:
      try await follow(response)
      let told = RegistryClient.acknowledged(response, of: range.upperBound)
      guard told == nil || told == range.upperBound else { throw lost() }
      acknowledged = range.upperBound
    case 413 where client.chunking.refuse(count): return
    case 404: throw lost()
    case 416:
      let error = SealiftError(
        .network, "\(client.name) has another part of an upload than was sent", nextStep: "run the same command again",
        isTransient: true)
      throw RetryableFailure(error: error)
    default:
      throw response.error(
        "an upload to \(client.name)/\(session.repository)", host: client.name, .push(session.repository))
    }
  }

  /// Asks the registry what it has, after a break.
  ///
  /// Source: OCI distribution-spec, "Pushing a blob in chunks", the status of an upload.
  private func resume(within possible: ClosedRange<Int>) async throws {
    let response = try await status()
    guard response.status == 204 || response.status == 202 else {
      if response.mayPass {
        throw response.error("an upload to \(client.name)/\(session.repository)", host: client.name)
      }
      throw lost()
    }
    guard let position = RegistryClient.acknowledged(response, of: possible.upperBound), possible.contains(position)
    else { throw lost() }
    acknowledged = position
    try await follow(response)
  }

  private func status() async throws -> HTTPResponse {
    try await client.send(
      RegistryClient.Call(method: .get, url: session.location, scope: .push(session.repository)))
  }

  /// Goes on where an answer says, if it does.
  private func follow(_ response: HTTPResponse) async throws {
    guard response.headers["Location"] != nil else { return }
    session.location = try await client.location(of: response, after: session.location)
  }

  private func lost() -> any Error {
    if isRepeatable {
      let error = SealiftError(
        .network, "\(client.name) lost an upload to \(session.repository) half-way",
        nextStep: "look at the registry's log",
        isTransient: true)
      // Nothing more can be done here, but all of it again.
      return CallerFailure(error: RetryableFailure(error: error))
    }
    return SealiftError(
      .again, "\(client.name) lost an upload to \(session.repository) half-way, and a pipe cannot be read again",
      nextStep: "run the same command again: it goes on where it was")
  }
}
