import SystemIO
import TestSupport
import Testing

/// The steps that `formats/bundle-v1.md` gives to an auditor, taken from the document and run by bash with no other
/// program in reach than the ones that it names.
final class Auditor {
  static let programs = [
    "awk", "cat", "cmp", "cut", "find", "fold", "grep", "head", "mkdir", "mktemp", "mv", "od", "openssl", "paste", "rm",
    "sed", "sha256sum", "sort", "stat", "tail", "tar", "touch", "tr", "wc", "zstd",
  ]
  static let condition = ConditionTrait.enabled(
    if: (programs + ["bash"]).allSatisfy(hasTool), "a program that the auditor's steps need is not installed")

  let directory: TemporaryDirectory
  /// The directory of the programs, and the one that runs the steps.
  private static let tools = Result {
    let directory = try TemporaryDirectory()
    let command = "for program; do set -- \"$@\" \"$(command -v \"$program\")\"; shift; done; ln -s \"$@\" \"$0\""
    let result = try runTool("sh", ["-c", command, directory.path] + programs)
    try #require(result.status == 0, "\(result.errors)")
    return (directory, bash: try String(runTool("sh", ["-c", "command -v bash"]).output.dropLast()))
  }

  init() throws {
    directory = try TemporaryDirectory()
    try FileSystem.write(Array(Self.script.utf8), to: directory("audit.sh"))
  }

  /// All steps, as the command in the document cuts them out.
  private static var script: String {
    get throws {
      let text = try ExampleTests.documentText()
      let command = try #require(text.firstMatch(of: #/ {4}(sed -n .*) bundle-v1\.md > audit\.sh\n/#)).1
      return try runTool("sh", ["-c", "\(command) '\(ExampleTests.document)'"]).output
    }
  }

  /// Writes a file beside the bundle.
  func write(_ bytes: [UInt8], to name: String) throws { try FileSystem.write(bytes, to: directory(name)) }

  /// Runs the steps on `b.tar.zst`.
  ///
  /// - Parameters:
  ///   - files: Keys and signatures, by name in the directory.
  ///   - settings: `NEED=2`, `HEAD_ONLY=1`.
  func audit(_ files: [String], _ settings: [String] = []) throws -> ToolResult {
    let (tools, bash) = try Self.tools.get()
    if FileSystem.exists(directory("out")) { try FileSystem.removeTree(directory("out")) }
    return try runTool(
      bash, [directory("audit.sh"), directory("b.tar.zst"), directory("out")] + files.map { directory($0) },
      environment: ["PATH=\(tools.path)"] + settings)
  }
}
