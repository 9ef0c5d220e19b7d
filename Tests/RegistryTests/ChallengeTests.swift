import HTTPTransport
@testable import Registry
import Testing

@Suite struct ChallengeTests {
  @Test(arguments: [
    (
      #"Bearer realm="https://a/token",service="s",scope="repository:x:pull,push""#,
      "https://a/token|s|repository:x:pull,push"
    ),
    (#"bearer  realm = "x" , service = s"#, "x|s|-"), (#"Bearer realm=plain, service=s"#, "plain|s|-"),
    (#"Basic realm="Registry", Bearer realm="t""#, "t|-|-"), (#"Basic realm="a, Bearer realm=b""#, "basic"),
    (#"Bearer service="s", Basic realm="x""#, "basic"), (#"Bearer realm="quoted \"x\"""#, "quoted \"x\"|-|-"),
    ("Negotiate", nil), ("", nil), (#"Bearer realm="unterminated"#, "unterminated|-|-"), (",,,=\"", nil),
    (#"Bearer realm="first",realm="second""#, "first|-|-"),
  ])
  func headersAreRead(text: String, expected: String?) {
    let found: String? =
      switch Challenge(["WWW-Authenticate": text]) {
      case .basic: "basic"
      case .bearer(let realm, let service, let scope, _): "\(realm)|\(service ?? "-")|\(scope ?? "-")"
      case nil: nil
      }
    #expect(found == expected)
  }

  @Test(arguments: [
    [#"Basic realm="a""#, #"Bearer realm="t",service="s""#], [#"Bearer realm="t",service="s""#, #"Basic realm="a""#],
    ["Negotiate", #"NTLM"#, #"Basic realm="a", Bearer realm="t", service="s""#],
    ["Negotiate YII==", #"bearer realm=t,error="invalid_token",service=s"#],
  ])
  func aTokenIsPreferredHoweverManyHeadersThereAre(values: [String]) {
    let orBasic = values.contains { $0.contains("Basic") }
    var headers = HTTPHeaders()
    for value in values { headers.add("www-authenticate", value) }
    #expect(Challenge(headers) == .bearer(realm: "t", service: "s", scope: nil, orBasic: orBasic))
  }
}
