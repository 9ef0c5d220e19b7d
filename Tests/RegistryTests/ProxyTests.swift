import Diagnostics
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// What stands between: a proxy on the way out, a reverse proxy before the registry.
@Suite(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)), .timeLimit(.minutes(20)))
struct ProxyTests {
  @Test(.enabled(if: TinyproxyServer.isInstalled, "tinyproxy is not installed"))
  func plainHTTPGoesThroughTheProxy() async throws {
    let (server, proxy) = (try RegistryServer(), try TinyproxyServer())
    var options = plainOptions()
    options.proxies = ProxySettings(environment: ["HTTP_PROXY": "http://\(proxy.address)"])
    try await roundTrip(RegistryClient(server.address, options: options))
    #expect(proxy.log.contains("http://\(server.address)/v2/team/app/manifests/v1"))
  }

  @Test(
    .enabled(if: TinyproxyServer.isInstalled, "tinyproxy is not installed"), arguments: ["HTTPS_PROXY", "all_proxy"])
  func tlsGoesThroughTheProxyWithConnect(variable: String) async throws {
    let certificates = try TestCertificates.shared()
    var demands = RegistryServer.Options()
    demands.tls = certificates.server
    let (server, proxy) = (try RegistryServer(demands), try TinyproxyServer())
    var options = RegistryOptions(pool: pool)
    options.tls.caFile = certificates.ca
    options.proxies = ProxySettings(environment: [variable: "http://\(proxy.address)"])
    try await roundTrip(RegistryClient(server.address, options: options))
    #expect(proxy.log.contains("CONNECT \(server.address)"))
  }

  @Test(.enabled(if: TinyproxyServer.isInstalled, "tinyproxy is not installed"))
  func hostsThatNeedNoProxyAreReachedWithoutIt() async throws {
    let (server, proxy) = (try RegistryServer(), try TinyproxyServer())
    var options = plainOptions()
    options.proxies = ProxySettings(environment: [
      "HTTP_PROXY": "http://\(proxy.address)", "NO_PROXY": "example.com, 127.0.0.1:\(server.port)",
    ])
    try await roundTrip(RegistryClient(server.address, options: options))
    #expect(!proxy.log.contains(server.address))
  }

  @Test(.enabled(if: TinyproxyServer.isInstalled, "tinyproxy is not installed"))
  func theProxysPasswordIsUsedAndNeverShown() async throws {
    let (server, proxy) = (try RegistryServer(), try TinyproxyServer(user: ("user", "canary")))
    var options = plainOptions()
    options.persistence.retries = 0
    options.proxies = ProxySettings(environment: ["HTTP_PROXY": "http://user:canary@\(proxy.address)"])
    try await roundTrip(RegistryClient(server.address, options: options))
    options.proxies = ProxySettings(environment: ["HTTP_PROXY": "http://user:canary-wrong@\(proxy.address)"])
    let error = await #expect(throws: SealiftError.self) {
      try await RegistryClient(server.address, options: options).hasManifest(.tag("v1"), in: "app")
    }
    #expect(error?.description.contains("canary") == false)
    #expect("\(options)".contains("canary") == false)
    options.tls.verify = true
    options.proxies = ProxySettings(environment: ["HTTPS_PROXY": "http://user:canary-wrong@\(proxy.address)"])
    let refusal = await #expect(throws: SealiftError.self) {
      try await RegistryClient(server.address, options: options).hasManifest(.tag("v1"), in: "app")
    }
    #expect(refusal?.code == .denied)
    #expect(refusal?.nextStep.contains("HTTPS_PROXY") == true)
  }

  @Test func aProxyThatIsDownIsNamed() async throws {
    let closed = try ClosedPort()
    var options = RegistryOptions(pool: pool)
    options.persistence.retries = 0
    options.proxies = ProxySettings(environment: ["https_proxy": "http://user:canary@127.0.0.1:\(closed.number)"])
    let error = await #expect(throws: SealiftError.self) {
      try await RegistryClient("registry.example", options: options).hasManifest(.tag("v1"), in: "app")
    }
    #expect(error?.code == .network)
    #expect(error?.nextStep.contains("HTTPS_PROXY") == true)
    #expect(error?.description.contains("canary") == false)
  }

  @Test(
    .enabled(if: NginxServer.isInstalled, "nginx is not installed"), arguments: [("1m", 1 << 20), ("100k", 80 << 10)])
  func aLimitOfTheProxyLeadsToChunks(limit: String, largest: Int) async throws {
    let server = try RegistryServer()
    let nginx = try NginxServer(before: server.address, settings: "client_max_body_size \(limit);")
    let client = RegistryClient(nginx.address, options: plainOptions())
    try await roundTrip(client)
    let lines = nginx.accessLog.split(separator: "\n")
    #expect(lines.count { $0.contains("\"PATCH ") && $0.contains("\" 202 ") } >= (5 << 20) / largest)
  }

  @Test(.enabled(if: NginxServer.isInstalled, "nginx is not installed"))
  func aProxyThatWantsAClientCertificateGetsIt() async throws {
    let certificates = try TestCertificates.shared()
    let server = try RegistryServer()
    let nginx = try NginxServer(
      before: server.address, tls: certificates.server,
      settings: "ssl_client_certificate \(certificates.ca); ssl_verify_client on; client_max_body_size 0;")
    var options = RegistryOptions(pool: pool)
    options.persistence.retries = 0
    options.tls.caFile = certificates.ca
    let error = await #expect(throws: SealiftError.self) {
      try await roundTrip(RegistryClient(nginx.address, options: options))
    }
    #expect(error?.problem.contains("400") == true)
    let client = certificates.client
    options.tls.clientCertificate = .init(certificate: client.certificate, key: client.key)
    try await roundTrip(RegistryClient(nginx.address, options: options))
  }
}
