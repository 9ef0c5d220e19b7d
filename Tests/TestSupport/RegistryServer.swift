internal import Diagnostics
internal import SystemIO

/// A real `docker-registry` on the loopback address, with its storage in a temporary directory.
public final class RegistryServer: Sendable {
  /// What the server demands of its clients.
  public struct Options: Sendable {
    /// The certificate and key to serve TLS with, PEM files.
    public var tls: (certificate: String, key: String)?
    /// A CA file: clients must show a certificate of it.
    public var clientCA: String?
    /// An `htpasswd` file with bcrypt hashes.
    public var passwords: String?
    /// Whether blobs and manifests can be deleted.
    public var allowsDelete = false

    /// Demands nothing.
    public init() {}
  }

  /// The path of the program: `SEALIFT_DOCKER_REGISTRY`, else what is in `PATH`.
  public static let program =
    RunningProcess.environment("SEALIFT_DOCKER_REGISTRY") ?? RunningProcess.find("docker-registry")

  /// Why tests that need the program are skipped.
  public static let reason = "docker-registry is not installed, and SEALIFT_DOCKER_REGISTRY does not name it"

  /// The port on the loopback address.
  public let port: Int
  /// The directory under which the server keeps its files.
  public let storage: String
  private let directory: TemporaryDirectory
  private let process: RunningProcess

  /// Starts a server and waits until it listens.
  public init(_ options: Options = Options()) throws {
    guard let program = Self.program else { throw SealiftError(.notFound, Self.reason, nextStep: "install it") }
    directory = try TemporaryDirectory()
    storage = directory("storage")
    try File(directory("config.yml"), .replace).write(Array(Self.configuration(options, storage: storage).utf8))
    process = try RunningProcess(program, ["serve", directory("config.yml")], log: directory("log"))
    // Port 0 lets the system choose; the log says which one it was.
    port = try process.wait { log in
      log.firstMatch(of: /listening on 127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.1) }
    }
  }

  /// `127.0.0.1:port`.
  public var address: String { "127.0.0.1:\(port)" }

  /// What the server has logged.
  public var log: String { process.output }

  /// Stops the server; its address answers no more.
  public func stop() { process.stop() }

  /// Ends the server at once, in the middle of what it does.
  public func kill() { process.kill() }

  /// Removes the blobs that no manifest needs any more, as the owner of a registry does it.
  public func collectGarbage() throws {
    let result = try runTool(Self.program ?? "", ["garbage-collect", directory("config.yml")])
    guard result.status == 0 else {
      throw SealiftError(.internal, "docker-registry collects no garbage: \(result.errors)", nextStep: "read that")
    }
  }

  private static func configuration(_ options: Options, storage: String) -> String {
    var text = """
      version: 0.1
      log: {level: info}
      storage:
        filesystem: {rootdirectory: \(storage)}
        delete: {enabled: \(options.allowsDelete)}
      http:
        addr: 127.0.0.1:0
        secret: test

      """
    if let tls = options.tls {
      text += "  tls:\n    certificate: \(tls.certificate)\n    key: \(tls.key)\n"
      if let clientCA = options.clientCA { text += "    clientcas: [\(clientCA)]\n" }
    }
    if let passwords = options.passwords {
      text += "auth:\n  htpasswd: {realm: test, path: \(passwords)}\n"
    }
    return text
  }
}
