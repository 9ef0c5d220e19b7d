internal import SystemIO

/// One request, which can be sent again as often as a retry needs it.
public struct HTTPRequest: Sendable {
  /// What is asked for.
  public enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  /// Fills a buffer with the next bytes of a body; it blocks, and returns the number of bytes, 0 only at the end.
  public typealias Reader = (UnsafeMutableRawBufferPointer) throws -> Int

  /// What is sent.
  public enum Body: Sendable {
    /// No body at all.
    case none
    /// Bytes that are there already; `[]` is a body of length 0.
    case bytes([UInt8])
    /// Exactly `length` bytes, pulled on the transfer's thread while they are sent. What the reader throws ends the
    /// request, which the server then sees cut short.
    case stream(length: Int, open: @Sendable () throws -> Reader)
  }

  /// The method.
  public var method: Method
  /// Where it goes.
  public var url: HTTPURL
  /// The header fields, but for `Authorization`.
  public var headers: HTTPHeaders
  /// The value of `Authorization`.
  public var authorization: Secret?
  /// The body.
  public var body: Body
  /// Whether content moves, for as long as that takes: such requests take no place among those that wait for an answer.
  public var movesContent: Bool

  /// Makes a request.
  public init(
    _ method: Method, _ url: HTTPURL, headers: HTTPHeaders = [:], authorization: Secret? = nil, body: Body = .none
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.authorization = authorization
    self.body = body
    movesContent = if case .stream(let length, _) = body { length >= Lanes.smallestContent } else { false }
  }
}
