internal import HTTPTransport

/// What a registry asks for with a 401.
///
/// Source: RFC 9110, section 11.6.1; distribution, docs/spec/auth/token.md.
enum Challenge: Hashable, Sendable {
  /// A user name and a password with each request.
  case basic
  /// A token from `realm`; or as `basic`, if the registry takes that too.
  case bearer(realm: String, service: String?, scope: String?, orBasic: Bool)

  /// The challenge to answer: a token is preferred, since the password then goes to one place only.
  init?(_ headers: HTTPHeaders) {
    let offers = headers.all("WWW-Authenticate").flatMap(Self.parse)
    let offersBasic = offers.contains { $0.scheme == "basic" }
    for offer in offers where offer.scheme == "bearer" {
      guard let realm = offer.parameters["realm"] else { continue }
      self = .bearer(
        realm: realm, service: offer.parameters["service"], scope: offer.parameters["scope"], orBasic: offersBasic)
      return
    }
    guard offersBasic else { return nil }
    self = .basic
  }

  private typealias Offer = (scheme: String, parameters: [String: String])

  private static func parse(_ text: String) -> [Offer] {
    var offers: [Offer] = []
    var rest = Substring(text)
    while true {
      rest = rest.drop { $0 == "," || $0 == " " || $0 == "\t" }
      let word = rest.prefix { !", \t=\"".contains($0) }
      guard !word.isEmpty else { return offers }
      rest = rest.dropFirst(word.count)
      // Blanks around the sign are bad style, and to be taken.
      let value = rest.drop(while: \.isBlank)
      if value.first == "=", !offers.isEmpty {
        rest = value.dropFirst().drop(while: \.isBlank)
        let value = rest.takeValue(endingAt: ", \t")
        offers[offers.count - 1].parameters.merge([word.lowercased(): value]) { first, _ in first }
      } else {
        offers.append((word.lowercased(), [:]))
      }
    }
  }
}
