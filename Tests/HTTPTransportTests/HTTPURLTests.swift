import Diagnostics
import HTTPTransport
import Testing

@Suite struct HTTPURLTests {
  @Test(arguments: [
    ("https://Registry.Example:8443/v2/?a=b#c", "https", "registry.example", 8443, "/v2/", "registry.example:8443"),
    ("http://localhost", "http", "localhost", 80, "/", "localhost"),
    ("https://127.1:443/x", "https", "127.0.0.1", 443, "/x", "127.0.0.1"),
    ("https://[::1]:5000/", "https", "[::1]", 5000, "/", "[::1]:5000"),
  ])
  func partsAreRead(
    text: String, scheme: String, host: String, port: Int, path: String, authority: String
  ) throws {
    let url = try HTTPURL(text)
    #expect(url.scheme == scheme)
    #expect(url.host == host)
    #expect(url.port == port)
    #expect(url.path == path)
    #expect(url.authority == authority)
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://host/", "host/path", "", "https://", "https://user@host/", "https://a b/",
    "https://host:99999/", "javascript:1", "https://\(String(repeating: "x", count: 20_000))/",
  ])
  func everythingElseIsRefused(text: String) {
    let error = #expect(throws: SealiftError.self) { try HTTPURL(text) }
    #expect(error?.code == .protocol)
  }

  @Test(arguments: [
    ("/v2/x", "https://host:1/v2/x"), ("y?z=1", "https://host:1/a/y?z=1"), ("//other/x", "https://other/x"),
    ("http://other:2/", "http://other:2/"), ("?q", "https://host:1/a/b?q"), ("../c", "https://host:1/c"),
  ])
  func referencesAreResolved(reference: String, expected: String) throws {
    #expect(try HTTPURL(reference, relativeTo: try HTTPURL("https://host:1/a/b")).text == expected)
  }

  @Test func parametersAreEncodedAndAddedToAQueryThatStays() throws {
    let url = try HTTPURL("https://host/upload?state=a%2Fb%3D").adding("digest", "sha256:00").adding("x", "a&b=c d")
    #expect(url.text == "https://host/upload?state=a%2Fb%3D&digest=sha256%3a00&x=a%26b%3dc+d")
  }

  @Test func theDescriptionHasNoQuery() throws {
    #expect(try HTTPURL("https://host/blob?X-Amz-Signature=canary").description == "https://host/blob")
  }

  @Test func errorsShowNeitherQueriesNorPasswords() {
    for text in ["ftp://host/x?canary=1", "https://user:canary@host/", "https://h st/?canary"] {
      let error = #expect(throws: SealiftError.self) { try HTTPURL(text) }
      #expect(error?.description.contains("canary") == false)
    }
  }

  @Test(arguments: [
    ("https://host/a", "https://HOST:443/b", true), ("https://host/", "http://host/", false),
    ("https://host/", "https://host:444/", false), ("https://host/", "https://host.example/", false),
  ])
  func originsAreSchemeHostAndPort(one: String, other: String, isSame: Bool) throws {
    #expect(try HTTPURL(one).hasSameOrigin(as: try HTTPURL(other)) == isSame)
  }
}
