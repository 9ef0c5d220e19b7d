import TestSupport

/// A registry with a token server in one double: tokens are `token-1`, `token-2` and so on.
final class TokenRegistry: Sendable {
  private struct State {
    var issued = 0
    var good: Set<String> = []
    var used = 0

    mutating func issue() -> String {
      issued += 1
      used = 0
      good.insert("Bearer token-\(issued)")
      return "token-\(issued)"
    }

    mutating func accepts(_ header: String?, _ lifetime: Int) -> Bool {
      used += 1
      if used > lifetime { good = [] }
      return header.map(good.contains) ?? false
    }
  }

  let double: HTTPDouble

  /// - Parameters:
  ///   - lifetime: How many requests tokens are good for.
  ///   - realm: Where tokens are to be had; its own `/token` where it is `nil`.
  ///   - reply: What the token server answers; a token where it is `nil`.
  ///   - answer: What is answered to who has a good token.
  init(
    lifetime: Int = .max, realm: String? = nil, reply: String? = nil,
    _ answer: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply
  ) throws {
    let state = Shared(State())
    double = try HTTPDouble { request in
      if request.path == "/token" {
        let token = state.with { $0.issue() }
        return .whole(200, [:], Array((reply ?? #"{"token":"\#(token)","expires_in":300}"#).utf8))
      }
      // The probe whether the double speaks https does not count.
      if request.path == "/v2/" { return .whole(200) }
      if state.with({ $0.accepts(request.headers["authorization"], lifetime) }) { return answer(request) }
      let realm = realm ?? "http://\(request.headers["host"] ?? "")/token"
      return .whole(401, ["WWW-Authenticate": #"Bearer realm="\#(realm)",service="the \"service\"""#])
    }
  }

  var tokenRequests: [HTTPDouble.Request] { double.requests.filter { $0.path == "/token" } }
}
