/// What a server answered.
public struct HTTPResponse: Sendable {
  /// The part before the body.
  public struct Head: Sendable {
    /// The status code, 200 to 999.
    public let status: Int
    /// The header fields.
    public let headers: HTTPHeaders
  }

  /// What becomes of a body, decided when the head is there.
  public enum Reception {
    /// It is kept, and more than `limit` bytes of it are an error.
    case keep(limit: Int)
    /// The first `excerptBytes` are kept for a message; the rest is not fetched.
    case excerpt
    /// Each chunk goes to the closure, on the transfer's thread, where it may block; what it throws ends the transfer.
    case stream((UnsafeRawBufferPointer) throws -> Void)
  }

  /// How much of the body of an answer that nobody expected is kept.
  public static let excerptBytes = 64 << 10

  /// The greatest size of all header fields of an answer together.
  public static let maximumHeaderBytes = 64 << 10

  /// The part before the body.
  public let head: Head
  /// The body, as far as it was kept.
  public let body: [UInt8]
  /// How long the server asks to wait, in seconds, from `Retry-After` in either of its forms.
  public let retryAfter: Int?

  /// The status code.
  public var status: Int { head.status }
  /// The header fields.
  public var headers: HTTPHeaders { head.headers }
}
