internal import Diagnostics
internal import Glibc
internal import Synchronization
internal import SystemIO

/// A server on the loopback address that answers as a test says, for faults that no real server will produce.
public final class HTTPDouble: Sendable {
  /// One request as it came.
  public struct Request: Sendable {
    /// `GET`, `PUT` and so on.
    public let method: String
    /// The path with its query.
    public let target: String
    /// The header fields by name in lower case.
    public let headers: [String: String]
    /// The body.
    public let body: [UInt8]

    /// The path without its query.
    public var path: String { String(target.prefix { $0 != "?" }) }
  }

  /// What a test's code answers.
  public enum Reply: Sendable {
    /// A whole answer; `Content-Length` is added unless it is among the headers.
    case whole(Int, [String: String] = [:], [UInt8] = [])
    /// The bytes as they are, then the end of the connection.
    case raw([UInt8])
    /// The head, then `chunk` again and again until the client goes.
    case endless(Int, [String: String] = [:], chunk: [UInt8])
    /// The bytes as they are, then nothing more until the client goes.
    case stall([UInt8])
    /// The connection is reset.
    case reset
  }

  /// What becomes of the question whether a body is wanted (`Expect: 100-continue`).
  public enum Expectation: Sendable, Equatable {
    /// It is answered.
    case answered
    /// It is left unanswered, as some proxies do.
    case ignored
    /// It gets this answer in place of the one to the request, and the connection ends.
    case final(Int)
    /// The connection ends.
    case cut
  }

  /// The port on the loopback address.
  public let port: Int
  private let listener: CInt
  fileprivate let expectation: Expectation
  private let answer: @Sendable (Request) -> Reply
  private let cut: @Sendable (Request) -> Int?
  private let received = Mutex<[Request]>([])

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - expectation: What becomes of `Expect: 100-continue`.
  ///   - cut: After how many bytes of a request's body the connection is reset; the body is not there yet.
  ///   - answer: Called for each whole request, from many threads at once.
  public init(
    expectation: Expectation = .answered,
    cut: @escaping @Sendable (Request) -> Int? = { _ in nil }, answer: @escaping @Sendable (Request) -> Reply
  ) throws {
    self.answer = answer
    self.cut = cut
    self.expectation = expectation
    listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    port = try Loopback.bind(listener)
    guard listen(listener, 64) == 0 else { throw SealiftError.system("cannot listen") }
    let (listener, serve) = (listener, Serving(owner: self))
    startThread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        startThread {
          serve.connection(connection)
          close(connection)
        }
      }
    }
  }

  deinit {
    shutdown(listener, CInt(SHUT_RDWR))
    close(listener)
  }

  /// `127.0.0.1:port`.
  public var address: String { "127.0.0.1:\(port)" }

  /// The requests so far.
  public var requests: [Request] { received.withLock { $0 } }

  /// The requests so far of one method.
  public func requests(_ method: String) -> [Request] { requests.filter { $0.method == method } }

  fileprivate func shouldCut(_ request: Request) -> Int? { cut(request) }

  fileprivate func note(_ request: Request) { received.withLock { $0.append(request) } }

  fileprivate func reply(to request: Request) -> Reply {
    note(request)
    return answer(request)
  }
}

/// What the threads hold; they must not keep the server itself alive.
private final class Serving: Sendable {
  // Safe: set once, and weak references are atomic.
  private nonisolated(unsafe) weak var owner: HTTPDouble?

  init(owner: HTTPDouble) { self.owner = owner }

  func connection(_ descriptor: CInt) {
    var input = Input(descriptor: descriptor)
    while let head = input.head() {
      if head.headers["expect"] != nil, let expectation = owner?.expectation {
        guard meet(expectation, head, descriptor) else { return }
      }
      if let limit = owner?.shouldCut(head) {
        _ = input.body(of: head, limit: limit)
        return reset(descriptor)
      }
      guard let request = input.body(of: head), let reply = owner?.reply(to: request) else { return }
      switch reply {
      case .whole(let status, var headers, let body):
        if headers["Content-Length"] == nil { headers["Content-Length"] = String(body.count) }
        guard send(headBytes(status, headers) + (request.method == "HEAD" ? [] : body), to: descriptor) else { return }
      case .raw(let bytes):
        _ = send(bytes, to: descriptor)
        return
      case .endless(let status, let headers, let chunk):
        guard send(headBytes(status, headers), to: descriptor) else { return }
        while send(chunk, to: descriptor) {}
        return
      case .stall(let bytes):
        _ = send(bytes, to: descriptor)
        while input.fill() {}
        return
      case .reset: return reset(descriptor)
      }
    }
  }

  /// - Returns: Whether the body is read.
  private func meet(_ expectation: HTTPDouble.Expectation, _ head: HTTPDouble.Request, _ descriptor: CInt) -> Bool {
    switch expectation {
    case .answered: return send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: descriptor)
    case .ignored: return true
    case .final(let status):
      owner?.note(head)
      _ = send(headBytes(status, ["Connection": "close", "Content-Length": "0"]), to: descriptor)
      return false
    case .cut:
      owner?.note(head)
      reset(descriptor)
      return false
    }
  }

  /// Makes the close that follows a reset.
  private func reset(_ descriptor: CInt) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  private func headBytes(_ status: Int, _ headers: [String: String]) -> [UInt8] {
    let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    return Array("HTTP/1.1 \(status) Status\r\n\(lines)\r\n".utf8)
  }

  private func send(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, CInt(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      done += count
    }
    return true
  }
}

/// Reads requests from one connection.
private struct Input {
  let descriptor: CInt
  private var buffer: [UInt8] = []

  init(descriptor: CInt) { self.descriptor = descriptor }

  mutating func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(descriptor, &chunk, chunk.count)
    guard count > 0 else { return false }
    buffer += chunk[..<count]
    return true
  }

  /// Reads the head of the next request.
  mutating func head() -> HTTPDouble.Request? {
    var end: Range<Int>?
    while true {
      end = buffer.firstRange(of: Array("\r\n\r\n".utf8))
      if end != nil { break }
      // A TLS handshake is no request: the client shall see at once that nobody here speaks TLS.
      guard buffer.first != 0x16, fill() else { return nil }
    }
    guard let end else { return nil }
    let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    buffer.removeSubrange(..<end.upperBound)
    guard let words = lines.first?.split(separator: " "), words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstRange(of: ": ") else { continue }
      headers[line[..<colon.lowerBound].lowercased()] = String(line[colon.upperBound...])
    }
    return HTTPDouble.Request(method: String(words[0]), target: String(words[1]), headers: headers, body: [])
  }

  /// Reads the body that follows a head, or `limit` bytes of it.
  mutating func body(of head: HTTPDouble.Request, limit: Int = .max) -> HTTPDouble.Request? {
    let length = min(limit, head.headers["content-length"].flatMap { Int($0) } ?? 0)
    while buffer.count < length { guard fill() else { return nil } }
    let body = Array(buffer[..<length])
    buffer.removeSubrange(..<length)
    return HTTPDouble.Request(method: head.method, target: head.target, headers: head.headers, body: body)
  }
}
