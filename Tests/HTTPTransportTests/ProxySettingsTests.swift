@testable import HTTPTransport
import Testing

@Suite struct ProxySettingsTests {
  @Test(arguments: [
    (["HTTPS_PROXY": "a", "https_proxy": "b", "HTTP_PROXY": "c"], "b", "c"), (["ALL_PROXY": "a"], "a", "a"),
    (["all_proxy": "a", "HTTP_PROXY": "c"], "a", "c"), ([:], nil, nil), (["HTTPS_PROXY": ""], nil, nil),
  ])
  func theVariablesAreRead(environment: [String: String], https: String?, http: String?) throws {
    let settings = ProxySettings(environment: environment)
    #expect(settings.proxy(for: try HTTPURL("https://host/"))?.value == https)
    #expect(settings.proxy(for: try HTTPURL("http://host/"))?.value == http)
  }

  @Test(arguments: [
    ("localhost, .cluster.local 10.0.0.0/8", "localhost,.cluster.local,10.0.0.0/8"), ("*", "*"),
    ("*.example.com", ".example.com"), ("host:443,other:8443", "host"), ("[::1]:443", "[::1]"),
    ("fd00::/8", "fd00::/8"),
  ])
  func exceptionsAreTranslated(text: String, expected: String) throws {
    let settings = ProxySettings(environment: ["no_proxy": text])
    #expect(settings.exceptions(for: try HTTPURL("https://host/")) == expected)
  }
}
