import SystemIO
import TestSupport

/// Where runs are killed.
enum KillPoints {
  /// Whether all points are tried that a night has time for.
  static let isLong = RunningProcess.environment("SEALIFT_LONG") != nil

  /// Points spread over `total` bytes, the later half of them at random.
  static func inBytes(_ total: Int, named name: String) -> [Int] {
    let count = isLong ? 25 : 4
    var generator = generator(named: "kill points of \(name)")
    return (1...count).map { total * $0 / (count + 1) }
      + (1...count).map { _ in .random(in: 1..<total, using: &generator) }
  }

  /// Random numbers that `SEALIFT_SEED` repeats.
  static func generator(named name: String) -> SeededGenerator {
    let seed = RunningProcess.environment("SEALIFT_SEED").flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    print("\(name): SEALIFT_SEED=\(seed)")
    return SeededGenerator(seed: seed)
  }

  /// Whether `strace` may trace programs here.
  static let canTrace = (try? runTool("strace", ["-o", "/dev/null", "true"]).status) == 0

  /// A command that runs another and kills it when it is about to make a system call for the `number`th time.
  ///
  /// - Parameter path: The file whose calls count; without one, all do.
  static func trace(_ call: String, _ number: Int, of path: String? = nil) -> [String] {
    ["strace", "-f", "-qqq", "-o", "/dev/null"] + (path.map { ["-P", $0] } ?? [])
      + ["-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(number)"]
  }

  /// The system calls that make `pack` durable.
  static let packCalls: [(String, Int)] =
    [("rename", 1), ("rename", 2), ("unlink", 1), ("fdatasync", 1), ("ftruncate", 2), ("fsync", 2)]
    + (isLong ? (1...40).map { ($0.isMultiple(of: 2) ? "pwrite64" : "pwritev", $0) } : [("pwritev", 3)])
}
