internal import Diagnostics

/// Large files: how large they are, and how to go on with one.
extension HTTPFetcher {
  /// What a server says of the size of a file.
  public enum RemoteSize: Sendable, Equatable {
    /// It has this many bytes.
    case bytes(Int)
    /// The server does not tell before it sends all of it.
    case unknown
    /// There is no such file (404, 410).
    case missing
  }

  /// Asks how large a file is, and fetches no more than its beginning.
  ///
  /// A server that does not answer HEAD, or signs its URLs for GET alone, is asked for one byte.
  ///
  /// - Parameters:
  ///   - url: Where it lies.
  ///   - what: What it is, as errors name it.
  /// - Throws: As `get` does.
  public func size(of url: HTTPURL, what: String) async throws -> RemoteSize {
    try await withRetries(server(of: url)) {
      let head = try await self.send(url, .head, headers: Self.identity) { _ in .excerpt }
      if head.mayPass || head.status == 407 { _ = try self.check(head, what, url) }
      if head.status == 200, let size = Self.length(of: head) { return .bytes(size) }
      var headers = Self.identity
      headers.add("Range", "bytes=0-0")
      let response = try await self.send(url, headers: headers) { _ in .excerpt }
      if response.status == 200 { return Self.length(of: response).map { .bytes($0) } ?? .unknown }
      if [206, 416].contains(response.status), let size = Self.total(of: response) { return .bytes(size) }
      return try response.status == 206 || self.check(response, what, url) ? .unknown : .missing
    }
  }

  /// Fetches a file whose size is known as a stream; after a break it goes on where it stopped.
  ///
  /// - Parameters:
  ///   - url: Where it lies.
  ///   - what: What it is, as errors name it.
  ///   - size: How many bytes it must have.
  ///   - offset: Where to begin, in bytes from its start.
  ///   - consume: Takes each chunk once, in order, on the transfer's thread, where it may block; what it throws ends the
  ///     transfer.
  /// - Returns: `false` if the server says that it has none (404, 410).
  /// - Throws: As `get` does, `protocol` if there are more or fewer bytes, and what `consume` throws.
  public func download(
    _ url: HTTPURL, what: String, size: Int, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> Bool {
    let cursor = RangeCursor("\(what) (\(url))", size: size, offset: offset, nextStep: Self.checkSize)
    return try await withRetries(server(of: url), progress: { cursor.position }) {
      let start = cursor.position
      if start > 0, cursor.isComplete { return true }
      var headers = Self.identity
      if start > 0 { headers.add("Range", "bytes=\(start)-") }
      let response = try await self.send(url, headers: headers) { head in
        guard head.status == 200 || head.status == 206 else { return .excerpt }
        if head.status == 200, let length = Self.length(of: head.headers), length != size {
          throw SealiftError(
            .protocol, "\(what) (\(url)) has \(length) bytes, and \(size) are expected", nextStep: Self.checkSize)
        }
        try cursor.begin(head, at: start)
        return .stream { try cursor.take($0, consume) }
      }
      guard try response.status == 206 || self.check(response, what, url) else { return false }
      try cursor.end()
      return true
    }
  }

  private static let checkSize = "check the address, and the size and checksum that its publisher names"

  // The size and the digest of a file are those of its bytes as they are stored.
  private static let identity: HTTPHeaders = ["Accept-Encoding": "identity"]

  private static func length(of response: HTTPResponse) -> Int? { length(of: response.headers) }

  private static func length(of headers: HTTPHeaders) -> Int? {
    guard headers["Content-Encoding"].map({ $0 == "identity" }) ?? true else { return nil }
    return headers["Content-Length"].flatMap(size)
  }

  /// The number behind the slash of `bytes 0-0/100` or `bytes */100`.
  ///
  /// Source: RFC 9110, section 14.4.
  private static func total(of response: HTTPResponse) -> Int? {
    guard let range = response.headers["Content-Range"], range.hasPrefix("bytes "),
      let slash = range.lastIndex(of: "/")
    else { return nil }
    return size(String(range[range.index(after: slash)...]))
  }

  private static func size(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int(text)
  }
}
