internal import Diagnostics
internal import Digests
internal import HTTPTransport
public import OCI
internal import SystemIO

/// An upload that a registry has opened.
struct UploadSession: Sendable {
  let repository: String
  /// Where the next request goes.
  var location: HTTPURL
  /// The least size of a chunk but the last, if the registry has one.
  let minimumChunk: Int
}

extension RegistryClient {
  /// Sends a blob whole, or in chunks to a registry that refuses large bodies.
  ///
  /// After a break it starts again from the content's start, in a session of its own.
  public func putBlob(_ content: any BlobContent, in repository: String) async throws {
    var tries = 0
    try await retrying {
      tries += 1
      // The answer to a completion may be what was lost.
      if tries > 1, try await finally({ try await hasBlob(content.descriptor, in: repository) }) { return }
      // Each refusal at least halves the size, so this ends.
      while true {
        let session = try await finally { try await retrying { try await startSession(in: repository) } }
        if chunking.size != nil { return try await putChunks(content, session) }
        do {
          return try await putWhole(content, session)
        } catch let refusal as BodyRefused {
          await cancel(session)
          guard chunking.refuse(refusal.count) else { throw refusal.error }
        } catch {
          await cancel(session)
          throw error
        }
      }
    }
  }

  /// Starts an upload that is fed chunk by chunk.
  public func startUpload(in repository: String) async throws -> any BlobUpload {
    let session = try await retrying { try await startSession(in: repository) }
    return ChunkedUpload(self, session)
  }

  /// Whether an upload can be begun, asked once: a registry that is away, or takes nothing, is not asked to wait for.
  public func takesOthers(in repository: String) async -> Bool {
    guard let session = try? await startSession(in: repository) else { return false }
    await cancel(session)
    return true
  }

  func startSession(in repository: String) async throws -> UploadSession {
    let url = try await url("blobs/uploads/", in: repository)
    let response = try await send(Call(method: .post, url: url, scope: .push(repository), body: .bytes([])))
    guard response.status == 202 else {
      throw response.error("an upload to \(name)/\(repository)", host: name, .push(repository))
    }
    return try await session(from: response, after: url, in: repository)
  }

  /// The session that a 202 tells of.
  func session(from response: HTTPResponse, after url: HTTPURL, in repository: String) async throws -> UploadSession {
    let minimum = response.headers["OCI-Chunk-Min-Length"].flatMap { Int($0) } ?? 0
    return UploadSession(
      repository: repository, location: try await location(of: response, after: url), minimumChunk: minimum)
  }

  /// Where an upload goes on: a URL, or a part of one.
  func location(of response: HTTPResponse, after url: HTTPURL) async throws -> HTTPURL {
    guard let location = response.headers["Location"] else {
      throw SealiftError(
        .protocol, "\(name) does not say where an upload goes on", nextStep: "look at the registry's log")
    }
    return try RedirectPolicy(origin: try await registryURL()).place(location, after: url, "an upload")
  }

  /// Drops a session; that fails in silence, because the registry does it on its own after a time.
  ///
  /// Distribution 2.8 never drops one that broke in the middle of a body: it then refuses each location that it gave.
  func cancel(_ session: UploadSession) async {
    // A task of its own: the request must also go out when the transfer was cancelled.
    await Task {
      _ = try? await self.send(
        Call(method: .delete, url: session.location, scope: .push(session.repository)))
    }.value
  }

  private func putWhole(_ content: any BlobContent, _ session: UploadSession) async throws {
    let descriptor = content.descriptor
    var call = Call(
      method: .put, url: try session.location.adding("digest", descriptor.digest.description),
      scope: .push(session.repository), headers: Self.octets)
    call.body = .stream(length: descriptor.size) {
      let reader = try ReaderBox(content)
      return { try reader.read(into: $0) }
    }
    do {
      let response = try await sendTwice(call, subject(descriptor, session))
      if response.status == 413 { throw BodyRefused(descriptor.size, response, subject(descriptor, session), name) }
      try checkCompleted(response, descriptor.digest, session)
      chunking.noteSuccess()
    } catch let error as SealiftError where error.isTransient {
      chunking.noteBreak(of: descriptor.size)
      throw error
    }
  }

  /// Sends a body, and once more where a proxy could not reach the registry: the session is then as it was.
  ///
  /// A session of its own would cost three requests, and lead nowhere where every second one fails.
  private func sendTwice(_ call: Call, _ subject: String) async throws -> HTTPResponse {
    let response = try await send(call)
    guard [502, 503, 504].contains(response.status), response.retryAfter == nil else { return response }
    try await Task.sleep(for: options.persistence.firstPause)
    let second = try await send(call)
    guard second.isRefusal, second.status != 413 else { return second }
    // The registry did get some of the first.
    throw response.error(subject, host: name)
  }

  private func putChunks(_ content: any BlobContent, _ session: UploadSession) async throws {
    let upload = ChunkedUpload(self, session, isRepeatable: true)
    do {
      try await finally { try await upload.send(content) }
    } catch {
      await upload.cancel()
      throw error
    }
  }

  /// Sends one chunk.
  func patch(
    _ session: UploadSession, from start: Int, count: Int, _ body: HTTPRequest.Body
  ) async throws -> HTTPResponse {
    var headers = Self.octets
    headers.add("Content-Range", "\(start)-\(start + count - 1)")
    return try await send(
      Call(method: .patch, url: session.location, scope: .push(session.repository), headers: headers, body: body))
  }

  /// Completes a session whose bytes are all there.
  func complete(_ session: UploadSession, _ digest: Digest) async throws {
    let url = try session.location.adding("digest", digest.description)
    let response = try await send(
      Call(method: .put, url: url, scope: .push(session.repository), headers: Self.octets, body: .bytes([])))
    try checkCompleted(response, digest, session)
  }

  private func checkCompleted(_ response: HTTPResponse, _ digest: Digest, _ session: UploadSession) throws {
    let subject = "blob \(digest) to \(name)/\(session.repository)"
    guard response.status == 201 || response.status == 204 else {
      throw sessionError(response, subject, session)
    }
    try checkDigestHeader(of: response, digest, subject)
  }

  /// A session that is gone can be opened anew.
  private func sessionError(
    _ response: HTTPResponse, _ subject: String, _ session: UploadSession
  ) -> any Error {
    let error = response.error(subject, host: name, .push(session.repository))
    guard response.status == 404 || response.status == 416, let error = error as? SealiftError else { return error }
    return RetryableFailure(error: error)
  }

  /// How many bytes of an upload the registry has, by its `Range` header: `0-99` for 100.
  ///
  /// - Parameter sent: How many it should have. Distribution says `0-0` for none as well as for one.
  static func acknowledged(_ response: HTTPResponse, of sent: Int) -> Int? {
    guard let range = response.headers["Range"], let match = range.wholeMatch(of: /(bytes=)?0-([0-9]{1,18})/),
      let last = Int(match.2)
    else { return nil }
    // Some count to the byte behind the last one.
    if last == sent { return sent }
    return last == 0 && sent != 1 ? 0 : last + 1
  }

  private func subject(_ descriptor: Descriptor, _ session: UploadSession) -> String {
    "blob \(descriptor.digest) to \(name)/\(session.repository)"
  }

  private static let octets: HTTPHeaders = ["Content-Type": "application/octet-stream"]
}

/// A body was refused as too large.
private struct BodyRefused: Error {
  let count: Int
  let error: any Error

  init(_ count: Int, _ response: HTTPResponse, _ subject: String, _ host: String) {
    self.count = count
    error = response.error(subject, host: host)
  }
}

/// A reader that the transfers of one upload use one after the other.
final class ReaderBox: @unchecked Sendable {
  // Not shared: a chunk is sent only after the one before it, so one transfer at a time reads.
  private let content: any BlobContent
  private var reader: any BlobReader
  private var position = 0

  init(_ content: any BlobContent) throws {
    self.content = content
    do { reader = try content.open() } catch { throw CallerFailure(error: error) }
  }

  /// Goes to a place, from the start if it lies behind.
  func seek(to place: Int) throws {
    if place < position {
      do { reader = try content.open() } catch { throw CallerFailure(error: error) }
      position = 0
    }
    guard place > position else { return }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: min(place - position, 1 << 20), alignment: 1)
    defer { room.deallocate() }
    while position < place {
      let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(place - position)))
      guard count > 0 else { return }
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    do {
      let count = try reader.read(into: buffer)
      position += count
      return count
    } catch {
      throw CallerFailure(error: error)
    }
  }
}
