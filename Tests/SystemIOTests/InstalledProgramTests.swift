import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// Programs that are run within bounds.
@Suite(.timeLimit(.minutes(20)))
struct InstalledProgramTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func program(_ script: String) throws -> InstalledProgram {
    let path = directory("tool")
    try writeScript(script, to: path)
    return try #require(InstalledProgram("tool", environment: ["PATH": "relative:/nowhere:\(directory.path)"]))
  }

  private func run(_ script: String, limit: Int = 1 << 10, seconds: Int = 30) throws -> InstalledProgram.Outcome {
    try program(script).run(
      ["one", "two words"], environment: ["NAME": "value"], input: Array("said".utf8), limit: limit,
      patience: .seconds(seconds))
  }

  @Test func whatItDidIsTold() throws {
    let outcome = try run("cat; echo \" $1,$2,$NAME,$#,$HOME\"; echo wrong >&2; exit 3")
    guard case .ended(let output) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(output.status == 3)
    #expect(output.output == Array("said one,two words,value,2,\n".utf8))
    #expect(output.errors == Array("wrong\n".utf8))
  }

  @Test func aSignalIsAStatus() throws {
    guard case .ended(let output) = try run("kill -9 $$") else {
      Issue.record("did not end")
      return
    }
    #expect(output.status == 128 + 9)
  }

  @Test(arguments: ["yes", "yes >&2"]) func whatWritesWithoutEndIsKilled(script: String) throws {
    guard case .wroteTooMuch = try run("exec \(script)", limit: 100_000) else {
      Issue.record("was not stopped")
      return
    }
  }

  @Test func whatTakesTooLongIsKilled() throws {
    guard case .tookTooLong = try run("exec sleep 1000", seconds: 1) else {
      Issue.record("was not stopped")
      return
    }
  }

  @Test func bothPipesAreReadTogether() throws {
    let script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"
    guard case .ended(let output) = try run(script, limit: 300_000) else {
      Issue.record("did not end")
      return
    }
    #expect(output.output.count == 300_000)
    #expect(output.errors.count == 300_000)
  }

  @Test(arguments: ["", "no-such-tool", "../tool", "/bin/sh"])
  func whatIsNotInstalledIsNotFound(name: String) throws {
    _ = try program("exit 0")
    #expect(InstalledProgram(name, environment: ["PATH": directory.path]) == nil)
  }

  @Test func aDirectoryIsNoProgram() throws {
    try FileSystem.makeDirectory(directory("tool"))
    #expect(InstalledProgram("tool", environment: ["PATH": directory.path]) == nil)
  }

  @Test func aPrivateDirectoryIsForItsOwnerAndGoes() throws {
    let path: String
    do {
      let own = try PrivateDirectory(in: directory.path)
      path = own.path
      try FileSystem.write([1], to: "\(path)/file")
      var status = stat()
      #expect(stat(path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o700)
    }
    #expect(!FileSystem.exists(path))
  }

  @Test func whatAKilledRunLeftGoesAndNothingElse() throws {
    for name in ["tmp-left", "tmp-busy", "tmp-", "other"] {
      try FileSystem.makeDirectory(directory(".sealift-\(name)"))
    }
    try FileSystem.write([1], to: directory(".sealift-tmp-left/key"))
    for name in [".sealift-left", ".sealift-busy", ".sealiftx", "sealift-file"] {
      try FileSystem.write([1], to: directory(name))
    }
    let busy = try [".sealift-tmp-busy", ".sealift-busy"].map { try File(directory($0), .read) }
    for file in busy { #expect(try file.lock()) }
    #expect(symlink("elsewhere", directory(".sealift-link")) == 0)
    #expect(link(directory("sealift-file"), directory(".sealift-second-name")) == 0)
    _ = try PrivateDirectory(in: directory.path)
    #expect(
      try FileSystem.list(directory.path) == [
        ".sealift-busy", ".sealift-link", ".sealift-other", ".sealift-second-name", ".sealift-tmp-busy", ".sealiftx",
        "sealift-file",
      ])
    withExtendedLifetime(busy) {}
  }
}
