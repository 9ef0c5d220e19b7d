import Diagnostics
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// TLS as a real registry serves it; the certificate names `localhost` and `127.0.0.1`.
@Suite(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)), .timeLimit(.minutes(20)))
struct TLSTests {
  private let certificates: TestCertificates
  private let directory: TemporaryDirectory

  init() throws {
    certificates = try TestCertificates.shared()
    directory = try TemporaryDirectory()
  }

  private func server(clientCA: Bool = false) throws -> RegistryServer {
    var options = RegistryServer.Options()
    options.tls = certificates.server
    if clientCA { options.clientCA = certificates.ca }
    return try RegistryServer(options)
  }

  private func options() -> RegistryOptions {
    var options = RegistryOptions(pool: pool)
    options.tls.hostDirectories = [directory.path]
    options.persistence.retries = 0
    return options
  }

  private func copy(_ from: String, to name: String) throws {
    try FileSystem.write(try FileSystem.read(from, limit: 1 << 20), to: directory(name))
  }

  @Test func anUnknownCAIsRefusedWithTheDirectoryToPutItIn() async throws {
    let server = try server()
    let client = RegistryClient(server.address, options: options())
    let error = await #expect(throws: SealiftError.self) { try await roundTrip(client) }
    #expect(error?.code == .network)
    #expect(error?.problem.contains("certificate of \(server.address) is not trusted") == true)
    #expect(error?.nextStep.contains("/etc/containers/certs.d/\(server.address)/ca.crt") == true)
  }

  @Test func aCAFileIsTrusted() async throws {
    let server = try server()
    var options = options()
    options.tls.caFile = certificates.ca
    try await roundTrip(RegistryClient(server.address, options: options))
  }

  @Test func aCAInTheHostsDirectoryIsTrusted() async throws {
    let server = try server()
    try FileSystem.makeDirectory(directory(server.address))
    try copy(certificates.ca, to: "\(server.address)/any-name.crt")
    try await roundTrip(RegistryClient(server.address, options: options()))
  }

  @Test func withoutVerificationAnyCertificateIsTaken() async throws {
    let server = try server()
    var options = options()
    options.tls.verify = false
    options.plainHTTPAllowed = true
    try await roundTrip(RegistryClient(server.address, options: options))
  }

  @Test func withVerificationPlainHTTPIsNeverSpoken() async throws {
    let server = try RegistryServer()
    let client = RegistryClient(server.address, options: options())
    let error = await #expect(throws: SealiftError.self) { try await client.hasManifest(.tag("v1"), in: "app") }
    #expect(error?.problem.contains("no TLS connection") == true)
  }

  @Test(arguments: ["options", "directory", "own directory"])
  func aClientCertificateIsShown(from place: String) async throws {
    let server = try server(clientCA: true)
    var options = options()
    options.tls.caFile = certificates.ca
    let refusal = await #expect(throws: SealiftError.self) {
      try await roundTrip(RegistryClient(server.address, options: options))
    }
    #expect(refusal?.code == .denied)
    #expect(refusal?.problem.contains("asks for a client certificate") == true)
    let client = certificates.client
    switch place {
    case "options":
      options.tls.clientCertificate = .init(certificate: client.certificate, key: client.key)
    default:
      let name = place == "directory" ? server.address : "own"
      try FileSystem.makeDirectory(directory(name))
      try copy(client.certificate, to: "\(name)/client.cert")
      try copy(client.key, to: "\(name)/client.key")
      if place == "own directory" { options.tls.certificateDirectory = directory(name) }
    }
    try await roundTrip(RegistryClient(server.address, options: options))
  }

  @Test func aCertificateWithoutItsKeyIsNamed() async throws {
    let server = try server()
    try FileSystem.makeDirectory(directory(server.address))
    try copy(certificates.client.certificate, to: "\(server.address)/client.cert")
    let client = RegistryClient(server.address, options: options())
    let error = await #expect(throws: SealiftError.self) { try await roundTrip(client) }
    #expect(error?.code == .configuration)
    #expect(error?.nextStep.contains("client.key") == true)
  }
}
