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
  /// - Throws: `network` with the output if the process ends before, or takes longer than any machine needs.
  public func wait<Value>(for body: (String) -> Value?) throws -> Value {
    let found: Value?? = try Self.wait(seconds: 120) {
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

  /// Starts a server that cannot let the system choose its port: with another one when it lost that to somebody else.
  ///
  /// - Parameter start: Starts the server at a port that nobody used a moment ago, and throws unless it listens there.
  static func atFreePort(
    _ start: (Int) throws -> RunningProcess
  ) throws -> (port: Int, process: RunningProcess) {
    for _ in 0..<10 {
      let port = try ClosedPort().number
      if let process = try? start(port) { return (port, process) }
    }
    let port = try ClosedPort().number
    return (port, try start(port))
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
