internal import CCurl
internal import Diagnostics
internal import SystemIO

/// One request on its way and its answer, as libcurl's callbacks see them: all on the transfer's thread.
///
/// A Swift error cannot pass through C: it is kept in `failure`, the callback returns what stops libcurl, and the
/// transport throws it afterwards.
final class Exchange {
  private let request: HTTPRequest
  private let receive: @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception
  private let cancellation: CancellationFlag
  private var watch: StallWatch

  /// What stopped the transfer, where it was our own side.
  private(set) var failure: (any Error)?
  /// Whether the transfer was stopped because enough of the body is there.
  private(set) var hasEnough = false
  /// Whether the peer stalled.
  private(set) var hasStalled = false
  /// What became of the question whether the body is wanted.
  private(set) var expectation: Expectation
  /// The final head, once it is complete.
  private(set) var head: HTTPResponse.Head?
  /// The body, as far as it is kept.
  private(set) var body: [UInt8] = []

  private var status = 0
  private var headers = HTTPHeaders()
  private var headerBytes = 0
  private var reception = HTTPResponse.Reception.excerpt
  private var reader: HTTPRequest.Reader?
  private var sent = 0

  /// The length of the body that is sent.
  let length: Int?

  /// - Parameter asks: Whether the request asks first if its body is wanted (`Expect: 100-continue`).
  init(
    _ request: HTTPRequest, asks: Bool, stallSeconds: Double, _ cancellation: CancellationFlag,
    receive: @escaping @Sendable (HTTPResponse.Head) throws -> HTTPResponse.Reception
  ) throws {
    self.request = request
    self.receive = receive
    self.cancellation = cancellation
    expectation = asks ? .open : .none
    watch = StallWatch(limit: stallSeconds)
    switch request.body {
    case .none: length = nil
    case .bytes(let bytes): length = bytes.count
    case .stream(let length, let open):
      self.length = length
      reader = try open()
    }
  }

  /// Finds the exchange behind the pointer that libcurl hands back.
  static func of(_ context: UnsafeMutableRawPointer?) -> Exchange {
    guard let context else { preconditionFailure("libcurl lost its context") }
    return Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
  }

  /// Takes one line of the head. A short count stops the transfer, here and below.
  func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
    headerBytes += line.count
    guard headerBytes <= HTTPResponse.maximumHeaderBytes else {
      let limit = HTTPResponse.maximumHeaderBytes.asBytes
      return stop(
        SealiftError(
          .protocol, "\(request.url.authority) sent more than \(limit) of header fields",
          nextStep: "look at the server, or at the proxy in front of it"))
    }
    let text = line[...].trimmingSpace
    if text.starts(with: "HTTP/".utf8) {
      // Each interim answer, and the final one, begins anew.
      status = text.split(separator: UInt8(ascii: " ")).dropFirst().first.flatMap { Int($0.text) } ?? 0
      headers.removeAll()
      if status == 100, expectation == .open { expectation = .answered }
    } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      headers.add(text[..<colon].trimmingSpace.text, text[(colon + 1)...].trimmingSpace.text)
    } else if text.isEmpty, status >= 200, head == nil {
      return finishHead(line.count)
    }
    return line.count
  }

  private func finishHead(_ count: Int) -> Int {
    let head = HTTPResponse.Head(status: status, headers: headers)
    // libcurl would send the request again by itself, and another answer would follow this one.
    if status == 417, expectation != .none {
      expectation = .refused
      return 0
    }
    self.head = head
    if expectation == .open { expectation = .answered }
    do {
      reception = try receive(head)
      return count
    } catch {
      return stop(error)
    }
  }

  /// Takes a chunk of the body.
  func takeBody(_ chunk: UnsafeRawBufferPointer) -> Int {
    switch reception {
    case .keep(let limit):
      guard body.count + chunk.count <= limit else {
        return stop(
          SealiftError(
            .protocol, "\(request.url) sent more than \(limit.asBytes)",
            nextStep: "look at the server, or at the proxy in front of it"))
      }
      body += chunk
    case .excerpt:
      body += chunk.prefix(HTTPResponse.excerptBytes - body.count)
      hasEnough = body.count == HTTPResponse.excerptBytes
      return hasEnough ? stop(nil) : chunk.count
    case .stream(let sink):
      do { try watch.excluding { try sink(chunk) } } catch { return stop(error) }
    }
    return chunk.count
  }

  /// Fills libcurl's buffer with the next bytes of the request's body.
  func giveBody(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let length, sent < length else { return 0 }
    if expectation == .open { expectation = .unanswered }
    let space = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(length - sent))
    do {
      let count = try watch.excluding { try read(into: space) }
      guard count > 0 else {
        throw SealiftError(
          .internal, "the content for \(request.url) ended \(length - sent) bytes early", nextStep: "report this")
      }
      sent += count
      return count
    } catch {
      _ = stop(error)
      return Int(CURL_READFUNC_ABORT)
    }
  }

  private func read(into space: UnsafeMutableRawBufferPointer) throws -> Int {
    if let reader { return try reader(space) }
    guard case .bytes(let bytes) = request.body else { return 0 }
    bytes.withUnsafeBytes { space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + space.count])) }
    return space.count
  }

  /// Goes back to the start of the body, which libcurl needs where a kept connection turns out to be dead.
  func rewindBody(to offset: Int) -> Bool {
    guard offset == 0 else { return false }
    if case .stream(_, let open) = request.body, sent > 0 {
      do { reader = try open() } catch {
        failure = error
        return false
      }
    }
    sent = 0
    return true
  }

  /// Looks whether the transfer should go on; called at least once a second.
  func mayGoOn(received: Int, sent: Int) -> Bool {
    if cancellation.isSet {
      failure = failure ?? CancellationError()
      return false
    }
    let isUpload = request.method == .put || (length ?? 0) > 0
    let isAwaitingReply = isUpload && self.sent == length && head == nil
    hasStalled = watch.hasStalled(moved: received + sent, isAwaitingReply: isAwaitingReply)
    return !hasStalled
  }

  private func stop(_ error: (any Error)?) -> Int {
    failure = failure ?? error
    return 0
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// Without the blanks and line ends around it.
  fileprivate var trimmingSpace: Self {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let start = drop(while: isSpace)
    guard let end = start.lastIndex(where: { !isSpace($0) }) else { return start[start.startIndex..<start.startIndex] }
    return start[start.startIndex...end]
  }

  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
