internal import Diagnostics
internal import SystemIO

/// A CA of its own, with a certificate for servers on the loopback address and one for a client.
public final class TestCertificates: Sendable {
  private static let made = SharedFixture { try TestCertificates() }
  private let directory: TemporaryDirectory

  /// Those that all tests of the process share.
  public static func shared() throws -> TestCertificates { try made.get() }

  /// The CA's certificate.
  public var ca: String { directory("ca.crt") }
  /// The server's certificate, for `localhost`, `registry.test` and `127.0.0.1`.
  public var server: (certificate: String, key: String) { (directory("server.crt"), directory("server.key")) }
  /// The client's certificate.
  public var client: (certificate: String, key: String) { (directory("client.crt"), directory("client.key")) }

  private init() throws {
    directory = try TemporaryDirectory()
    try Self.openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=Test CA", "-keyout", directory("ca.key"), "-out", ca)
    try issue("server", extension: "subjectAltName=DNS:localhost,DNS:registry.test,IP:127.0.0.1")
    try issue("client", extension: "extendedKeyUsage=clientAuth")
  }

  private func issue(_ name: String, extension line: String) throws {
    try FileSystem.write(Array(line.utf8), to: directory("\(name).ext"))
    try Self.openssl(
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
      directory("\(name).key"), "-out", directory("\(name).csr"))
    try Self.openssl(
      "x509", "-req", "-in", directory("\(name).csr"), "-CA", ca, "-CAkey", directory("ca.key"), "-CAcreateserial",
      "-days", "2", "-extfile", directory("\(name).ext"), "-out", directory("\(name).crt"))
  }

  private static func openssl(_ arguments: String...) throws {
    let result = try runTool("openssl", arguments)
    guard result.status == 0 else {
      throw SealiftError(.internal, "openssl failed: \(result.errors)", nextStep: "read its output")
    }
  }
}
