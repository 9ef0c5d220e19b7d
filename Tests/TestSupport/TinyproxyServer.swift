internal import SystemIO

/// A real `tinyproxy` on the loopback address.
public final class TinyproxyServer: Sendable {
  /// Whether the program is installed.
  public static let isInstalled = RunningProcess.find("tinyproxy") != nil

  /// `127.0.0.1:port`.
  public let address: String
  private let directory: TemporaryDirectory
  private let process: RunningProcess

  /// Starts a proxy and waits until it listens.
  ///
  /// - Parameter user: The user name and password that it asks for.
  public init(user: (name: String, password: String)? = nil) throws {
    directory = try TemporaryDirectory()
    let directory = directory
    let port: Int
    (port, process) = try RunningProcess.atFreePort { port in
      let configuration = """
        Port \(port)
        Listen 127.0.0.1
        Timeout 60
        LogLevel Info
        MaxClients 20
        \(user.map { "BasicAuth \($0.name) \($0.password)" } ?? "")

        """
      try FileSystem.write(Array(configuration.utf8), to: directory("tinyproxy.conf"))
      let process = try RunningProcess("tinyproxy", ["-d", "-c", directory("tinyproxy.conf")], log: directory("log"))
      try process.wait { $0.contains("Accepting connections") ? () : nil }
      return process
    }
    address = "127.0.0.1:\(port)"
  }

  /// What the proxy has logged: a line for each request.
  public var log: String { process.output }
}
