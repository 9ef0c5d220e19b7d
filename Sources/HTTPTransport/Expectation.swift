internal import Synchronization

/// What became of `Expect: 100-continue`, with which a request asks whether its body is wanted before it sends it.
///
/// Source: RFC 9110, section 10.1.1.
enum Expectation {
  /// The request does not ask.
  case none
  /// There is no answer yet.
  case open
  /// The server has answered: it wants the body, or has refused the request without it.
  case answered
  /// The wait was over before an answer came.
  case unanswered
  /// The server, or a proxy before it, does not take the question (417).
  case refused

  /// How long an answer is waited for, in milliseconds: longer than a line to anywhere takes.
  static let patience = 1000
  // What costs less to send than a question costs to answer.
  private static let smallBodyBytes = 1 << 20

  /// Whether a request should ask: a large body that is refused has gone over the line for nothing.
  static func isWorthwhile(_ request: HTTPRequest) -> Bool {
    switch request.body {
    case .none: false
    case .bytes(let bytes): bytes.count > smallBodyBytes
    case .stream(let length, _): length > smallBodyBytes
    }
  }
}

/// The servers that are not asked any more.
final class Unasked: Sendable {
  private let servers = Mutex<Set<String>>([])

  func contains(_ url: HTTPURL) -> Bool { servers.withLock { $0.contains(url.authority) } }

  /// Learns from an exchange that has ended.
  func learn(_ exchange: Exchange, with url: HTTPURL) {
    switch exchange.expectation {
    // A connection that ended on the question counts, too.
    case .unanswered, .refused, .open: _ = servers.withLock { $0.insert(url.authority) }
    case .none, .answered: break
    }
  }
}
