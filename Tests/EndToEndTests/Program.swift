import Diagnostics
import Glibc
import JSON
import SystemIO
import TestSupport
import Testing

/// The built program.
enum Program {
  /// `SEALIFT_BINARY`, else what was built beside the tests.
  static let path =
    RunningProcess.environment("SEALIFT_BINARY") ?? FileSystem.parent(of: CommandLine.arguments[0]) + "/sealift"

  /// The time of every bundle that the tests pack, so that two of them can be compared.
  static let epoch = ["SOURCE_DATE_EPOCH": "1700000000"]

  /// Runs the program to its end.
  @discardableResult
  static func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) throws -> ToolResult {
    try Run(arguments, input: input.map { try File($0, .read) }, environment: environment).result()
  }

  /// Runs the program and demands that it succeeds.
  @discardableResult
  static func succeed(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    _ location: SourceLocation = #_sourceLocation
  ) throws -> ToolResult {
    let result = try run(arguments, input: input, environment: environment)
    try #require(result.status == 0, "sealift \(arguments): \(result.errors)", sourceLocation: location)
    return result
  }

  /// Runs the program, and tells its processor time.
  static func cost(of arguments: [String]) throws -> (result: ToolResult, time: Duration) {
    let directory = try TemporaryDirectory()
    let script = "\"$@\"; status=$?; times > \"$0\"; exit $status"
    let result = try Run(arguments, under: ["bash", "-c", script, directory("times")]).result()
    // The second line is about the shell's children: user and system.
    let text = String(decoding: try FileSystem.read(directory("times"), limit: 1 << 10), as: UTF8.self)
    let times = text.split(separator: "\n").last?.matches(of: /([0-9]+)m([0-9.]+)s/) ?? []
    return (result, times.reduce(.zero) { $0 + .seconds(60 * (Double($1.1) ?? 0) + (Double($1.2) ?? 0)) })
  }
}

/// A command that gives another a file as a pipe, and takes on its process.
func piped(_ file: String) -> [String] { ["bash", "-c", "exec \"$@\" < <(exec cat \"$0\")", file] }

/// One run of the program, or of a tool that runs it.
final class Run {
  private let process: ChildProcess
  private let directory: TemporaryDirectory

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - input: Its stdin.
  ///   - output: Its stdout; kept for `result` where it is `nil`.
  ///   - wrapper: A command that is given the program and its arguments as its last arguments.
  ///   - keepsRecord: Whether `unpack` has a registry keep its receipt: most tests look at what a bundle brings.
  init(
    _ arguments: [String], input: File? = nil, output: File? = nil, environment: [String: String] = [:],
    under wrapper: [String] = [], keepsRecord: Bool = false
  ) throws {
    directory = try TemporaryDirectory()
    let isPlain = arguments.first == "unpack" && !keepsRecord
    let words = wrapper + [Program.path] + arguments + (isPlain ? ["--no-record"] : [])
    guard let executable = RunningProcess.find(words[0]) else {
      throw SealiftError(.notFound, "\(words[0]) is not installed", nextStep: "install it")
    }
    let usual = [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory.path, "TMPDIR": "/tmp", "SWIFT_BACKTRACE": "enable=no",
    ]
    // A condition in the program that `scripts/harden` turns round.
    let mutant = ["SEALIFT_MUTANT", "SEALIFT_MUTANTS_MET"].compactMap { name in
      RunningProcess.environment(name).map { (name, $0) }
    }
    let environment = Program.epoch.merging(usual) { $1 }.merging(mutant) { $1 }.merging(environment) { $1 }
    process = try ChildProcess(
      executable, Array(words.dropFirst()), environment: environment, input: input,
      output: output ?? File(directory("out"), .replace), error: File(directory("err"), .replace))
  }

  deinit {
    process.signal(SIGKILL)
    _ = process.waitForStatus()
  }

  /// Whether the process is still there.
  var isRunning: Bool { process.pollStatus() == nil }

  /// What it has written to stderr so far.
  var errors: String { text("err") }

  /// Sends a signal.
  func signal(_ number: CInt) { process.signal(number) }

  /// Ends it as a power cut would.
  func kill() {
    process.signal(SIGKILL)
    _ = process.waitForStatus()
  }

  /// Waits for its end; one that hangs is ended, and fails the test.
  func result(_ location: SourceLocation = #_sourceLocation) throws -> ToolResult {
    let hasEnded = wait { !isRunning }
    if !hasEnded {
      kill()
      Issue.record("the program did not end: \(errors)", sourceLocation: location)
    }
    return ToolResult(status: CInt(process.waitForStatus()), output: text("out"), errors: errors)
  }

  /// Waits until `condition` holds.
  ///
  /// - Returns: Whether it did within ten minutes, which is longer than any machine needs.
  func wait(_ condition: () -> Bool) -> Bool {
    // Another process and its files give nothing to wait on.
    for _ in 0..<300_000 {
      if condition() { return true }
      usleep(2000)
    }
    return false
  }

  private func text(_ name: String) -> String {
    String(decoding: (try? FileSystem.read(directory(name), limit: 64 << 20)) ?? [], as: UTF8.self)
  }
}

/// Demands a failure as `formats/exit-codes.md` describes it: the code, one sentence with `words`, and a next step.
func expectFailure(
  _ result: ToolResult, _ code: SealiftError.Code, _ words: String..., next: String = "",
  _ location: SourceLocation = #_sourceLocation
) {
  #expect(result.status == code.rawValue, "\(result.errors)", sourceLocation: location)
  let lines = result.errors.split(separator: "\n")
  let problems = lines.filter { $0.hasPrefix("error: ") }
  #expect(problems.count == 1 && lines.dropLast().last == problems.first, "\(result.errors)", sourceLocation: location)
  for word in words {
    #expect(problems.first?.contains(word) == true, "\(result.errors)", sourceLocation: location)
  }
  let step = lines.last ?? ""
  #expect(step.hasPrefix("  next: ") && step.count > 12, "\(result.errors)", sourceLocation: location)
  #expect(step.contains(next), sourceLocation: location)
  #expect(!result.errors.contains("defect"), sourceLocation: location)
}

/// What `inspect --json` prints.
func inspected(_ bundle: String, _ more: String...) throws -> JSONValue {
  let output = try Program.succeed(["inspect", bundle, "--json"] + more).output
  return try JSONReader.value(Array(output.utf8), source: "the output of inspect")
}
