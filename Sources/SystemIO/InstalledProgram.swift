public import Diagnostics
internal import Glibc

/// An installed program that is run to its end, within bounds.
public struct InstalledProgram: Sendable {
  /// What a program that ended has done.
  public struct Output: Sendable {
    /// The exit status, or 128 and the signal that ended it.
    public let status: Int
    /// What it wrote to its standard output.
    public let output: [UInt8]
    /// What it wrote to its standard error.
    public let errors: [UInt8]
  }

  /// How a run went.
  public enum Outcome: Sendable {
    /// It ended by itself.
    case ended(Output)
    /// It was killed because it wrote more than the limit.
    case wroteTooMuch
    /// It was killed because it did not end in time.
    case tookTooLong
  }

  /// Where a program is looked for if the environment does not say.
  private static let usualPath = "/usr/local/bin:/usr/bin:/bin"

  /// The path.
  public let path: String

  /// Looks a program up.
  ///
  /// - Parameters:
  ///   - name: Its name, without a slash.
  ///   - environment: `PATH` of it counts.
  /// - Returns: `nil` if it is not installed.
  public init?(_ name: String, environment: [String: String]) {
    guard !name.isEmpty, !name.contains("/") else { return nil }
    let directories = (environment["PATH"] ?? Self.usualPath).split(separator: ":")
    // Relative entries would make it depend on where the run was started.
    let paths = directories.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
    guard let found = paths.first(where: { access($0, X_OK) == 0 && !FileSystem.isDirectory($0) }) else { return nil }
    path = found
  }

  /// Runs the program and waits until it has ended; blocks.
  ///
  /// - Parameters:
  ///   - arguments: The arguments, without the program's own name.
  ///   - environment: All of its environment.
  ///   - input: What it finds on its standard input: at most 4 KiB, which a pipe takes without a reader.
  ///   - limit: The most that it may write to its standard output, and to its standard error, in bytes.
  ///   - patience: How long it may take.
  public func run(
    _ arguments: [String], environment: [String: String], input: [UInt8] = [], limit: Int, patience: Duration
  ) throws(SealiftError) -> Outcome {
    precondition(input.count <= 4 << 10, "a pipe takes 4 KiB without a reader")
    let (process, pipes) = try start(arguments, environment, input)
    var collected = pipes.map { _ in [UInt8]() }
    do throws(SealiftError) {
      let stop = try Self.collect(from: pipes, into: &collected, limit, until: ContinuousClock.now + patience)
      if let stop {
        Self.end(process)
        return stop
      }
    } catch {
      Self.end(process)
      throw error
    }
    return .ended(Output(status: process.waitForStatus(), output: collected[0], errors: collected[1]))
  }

  /// Starts the program; on return only its own ends of the pipes are open beside those that are handed out.
  private func start(
    _ arguments: [String], _ environment: [String: String], _ input: [UInt8]
  ) throws(SealiftError) -> (ChildProcess, [File]) {
    let stdout = try File.pipe()
    let stderr = try File.pipe()
    let stdin = input.isEmpty ? nil : try File.pipe()
    let process = try ChildProcess(
      path, arguments, environment: environment, input: stdin?.read, output: stdout.write, error: stderr.write)
    // A program that does not listen has ended, and its status tells why.
    try? stdin?.write.write(input)
    return (process, [stdout.read, stderr.read])
  }

  private static func end(_ process: ChildProcess) {
    process.signal(SIGKILL)
    _ = process.waitForStatus()
  }

  /// Reads until all pipes have ended.
  ///
  /// - Returns: Why it stopped before that.
  private static func collect(
    from pipes: [File], into collected: inout [[UInt8]], _ limit: Int, until deadline: ContinuousClock.Instant
  ) throws(SealiftError) -> Outcome? {
    var open = pipes.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    while open.contains(where: { $0.fd >= 0 }) {
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      guard left > 0 else { return .tookTooLong }
      let ready = retryingInterrupts { poll(&open, nfds_t(open.count), CInt(min(left.rounded(.up), 60_000))) }
      guard ready >= 0 else { throw .system("cannot wait for a program") }
      for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
        let chunk = try pipes[index].chunk(upTo: 16 << 10)
        collected[index] += chunk
        // A negative descriptor is passed over by `poll`.
        if chunk.isEmpty { open[index].fd = -1 }
        if collected[index].count > limit { return .wroteTooMuch }
      }
    }
    return nil
  }
}
