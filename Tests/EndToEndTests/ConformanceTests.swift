import Diagnostics
import SystemIO
import TestSupport
import Testing

/// The program gives the answers that `formats/examples/vectors.tsv` has, whatever of it reads a bundle.
@Suite(.enabled(if: hasTool("tar") && hasTool("zstd") && GPGHome.isInstalled, "tar, zstd or gpg is not installed"))
struct ConformanceTests {
  /// One row of the table.
  struct Vector: Sendable, CustomTestStringConvertible {
    let file: String
    let need: String
    let answer: String
    var testDescription: String { file }

    /// The exit status that stands for the answer.
    var status: Int32 {
      switch answer {
      case "sound": 0
      case "untrusted": SealiftError.Code.untrusted.rawValue
      default: SealiftError.Code.corrupt.rawValue
      }
    }
  }

  private static let examples = Repository.path("formats/examples")

  static var vectors: [Vector] {
    let table = (try? FileSystem.read("\(examples)/vectors.tsv", limit: 1 << 20)) ?? []
    return String(decoding: table, as: UTF8.self).split(separator: "\n").dropFirst().map { row in
      let columns = row.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return Vector(file: columns[0], need: columns[1], answer: columns[2])
    }
  }

  private static let bundles = Result {
    let directory = try TemporaryDirectory()
    let result = try runTool("tar", ["-C", directory.path, "--zstd", "-xf", "\(examples)/vectors.tar.zst"])
    try #require(result.status == 0, "\(result.errors)")
    return directory
  }

  @Test func theTableHasEveryAnswer() {
    #expect(Set(Self.vectors.map(\.answer)) == ["sound", "damaged", "untrusted", "newer"])
  }

  @Test(arguments: vectors) func everyCommandGivesTheAnswer(_ vector: Vector) throws {
    let bundle = try Self.bundles.get()(vector.file)
    let releaseKeys = ["--release-key", "\(Self.examples)/tiny.gpg"]
    var options: [String] = []
    for key in ["tiny.pub", "second.pub"] { options += ["--trust", "\(Self.examples)/\(key)"] }
    options += vector.need == "0" ? ["--allow-unsigned"] : ["--threshold", vector.need]
    let directory = try TemporaryDirectory()
    // The tests of the operations hold the other commands to these.
    let isPacked = vector.file.hasPrefix("packed-")
    for command in [["verify", bundle], ["unpack", bundle, "oci:\(directory("layout"))"]].prefix(isPacked ? 1 : 2) {
      let result = try Program.run(command + options + releaseKeys)
      #expect(result.status == vector.status, "\(command[0]): \(result.errors)")
      if vector.answer == "newer" { #expect(result.errors.contains("use a newer version of sealift")) }
    }
    if isPacked { return }
    #expect(FileSystem.exists(directory("layout/index.json")) == (vector.status == 0))
    // What stands behind the head is beyond its reach.
    let inspected = try Program.run(["inspect", bundle] + options).status
    #expect(inspected == vector.status || inspected == 0 && vector.answer == "damaged", "inspect: \(inspected)")
  }
}
