internal import Diagnostics
internal import Glibc
internal import SystemIO

/// A server or tool that a test runs; it is stopped when this object goes.
public final class RunningProcess: Sendable {
  private let process: ChildProcess
  private let log: String

  /// Starts a program whose output goes to a file.
  ///
  /// - Parameters:
  ///   - program: A path, or a name that is looked up in `PATH`.
  ///   - log: Where its output goes.
  public init(_ program: String, _ arguments: [String], log: String) throws {
    guard let path = Self.find(program) else {
      throw SealiftError(.notFound, "\(program) is not installed", nextStep: "install it")
    }
    self.log = log
    let output = try File(log, .replace)
    process = try ChildProcess(
      path, arguments, environment: ["PATH": Self.searchPath, "HOME": "/nonexistent"], output: output, error: output)
  }

  deinit { stop() }

  /// Asks the process to end and waits until it has.
  public func stop() {
    process.signal(SIGTERM)
    if (try? Self.wait(seconds: 5) { process.pollStatus() }) == nil { process.signal(SIGKILL) }
    _ = process.waitForStatus()
  }

  /// Ends the process at once.
  public func kill() {
    process.signal(SIGKILL)
    _ = process.waitForStatus()
  }

  /// What the process has written so far.
  public var output: String {
    String(decoding: (try? FileSystem.read(log, limit: 64 << 20)) ?? [], as: UTF8.self)
  }

  /// Waits until `body` gives something, for example a line of the output that says that a server is ready.
  ///
  /// - Throws: `network` with the output if the process ends before, or takes more than 20 seconds.
  public func wait<Value>(for body: (String) -> Value?) throws -> Value {
    let found: Value?? = try Self.wait(seconds: 20) {
      if let value = body(output) { return .some(value) }
      return process.pollStatus() == nil ? nil : .some(nil)
    }
    guard let found, let value = found else {
      throw SealiftError(.network, "a server did not start: \(output)", nextStep: "read its output")
    }
    return value
  }

  /// The path of a program, if it is installed.
  public static func find(_ program: String) -> String? {
    if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
    return searchPath.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }

  /// The value of an environment variable.
  public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// A TCP port on the loopback address that nobody uses at this moment.
  public static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return try bind(descriptor)
  }

  /// Binds a socket to a port of the loopback address that the system chooses.
  static func bind(_ descriptor: CInt) throws -> Int {
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        Glibc.bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    guard isBound else { throw SealiftError.system("cannot find a free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Waits until something accepts connections at a port of the loopback address.
  public func waitUntilListening(_ port: Int) throws {
    try wait { _ in
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var address = Self.loopback(port: port)
      let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      return status == 0 ? () : nil
    }
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    return address
  }

  private static var searchPath: String { (environment("PATH") ?? "") + ":/usr/sbin:/usr/bin:/sbin:/bin" }

  private static func wait<Value>(seconds: Int, _ body: () throws -> Value?) throws -> Value? {
    // A foreign process has nothing to wait on but its files and ports.
    for _ in 0..<seconds * 100 {
      if let value = try body() { return value }
      usleep(10_000)
    }
    return nil
  }
}
