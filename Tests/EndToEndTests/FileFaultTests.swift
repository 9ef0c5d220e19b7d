import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// Files whose servers, disks or digests are not as they should be.
@Suite(.enabled(if: NginxServer.isInstalled, "nginx is not installed"))
struct FileFaultTests {
  private let world: FileWorld
  private let content = LayoutFixture.noise(seed: 5, size: 20_000_000)

  init() throws { world = try FileWorld() }

  private func entry(_ double: HTTPDouble, size: Int? = nil) -> String {
    "{url: 'http://\(double.address)/pub/big.bin?signature=canary', sha256: \(FileWorld.hex(content))"
      + (size.map { ", size: \($0)}" } ?? "}")
  }

  private func pack(_ entries: [String], _ more: String...) throws -> [String] {
    try world.pack("a.tar.zst", entries) + ["--src-tls-verify=false"] + more
  }

  private func unpacked() throws -> [String: [UInt8]] {
    try Program.succeed(world.unpack())
    return try world.contents(of: "files")
  }

  @Test func aHalfFetchedFileGoesOnByRangeToTheSameBytes() throws {
    let (content, gets) = (content, Counter())
    let double = try HTTPDouble { request in
      if request.method == "HEAD" { return .whole(200, ["Content-Length": "\(content.count)"]) }
      if gets.next() == 0 {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n"
        return .stall(Array(head.utf8) + content.prefix(18_000_000))
      }
      guard let range = request.headers["range"], let match = range.wholeMatch(of: /bytes=([0-9]+)-/),
        let start = Int(match.1)
      else { return .whole(200, [:], content) }
      return .whole(
        206, ["Content-Range": "bytes \(start)-\(content.count - 1)/\(content.count)"], Array(content[start...]))
    }
    let arguments = try pack([entry(double), "{path: \(world.path("disk.raw"))}"])
    let run = try Run(arguments)
    let journal = world.path("a.tar.zst.partial.journal")
    let isNoted = run.wait {
      let text = (try? FileSystem.read(journal, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      return text.contains("\npart 0 16")
    }
    #expect(isNoted)
    run.kill()
    let result = try Program.succeed(arguments)
    #expect(result.errors.contains("goes on where it stopped"))
    let ranges = double.requests("GET").map { $0.headers["range"] }
    #expect(ranges.count == 2)
    #expect(ranges.last??.hasPrefix("bytes=1") == true, "\(ranges)")
    #expect(double.requests("HEAD").count == 1)
    let resumed = try world.bytes("a.tar.zst")
    try FileSystem.remove(world.path("a.tar.zst"))
    try Program.succeed(arguments)
    #expect(try world.bytes("a.tar.zst") == resumed)
    #expect(try unpacked() == ["big.bin": content, "disk.raw": world.disk])
    let shown = try Program.succeed(["inspect", world.path("a.tar.zst"), "--json"]).output
    #expect(!shown.contains("canary"))
  }

  @Test func aFileWhoseSizeNobodyTellsIsFetchedOnce() throws {
    let content = content
    let double = try HTTPDouble { request in
      guard request.method == "GET" else { return .whole(405) }
      return request.headers["range"] == nil
        ? .raw(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + content) : .raw(Array("HTTP/1.1 200 OK\r\n\r\nx".utf8))
    }
    let dry = try Program.run(pack([entry(double)], "--dry-run"))
    expectFailure(dry, .configuration, "isc.yaml:5:5", "does not tell the size of big.bin", next: "add size")
    let result = try Program.succeed(pack([entry(double)]))
    #expect(result.errors.contains("note: \(double.address) does not tell the size of big.bin"), "\(result.errors)")
    #expect(double.requests("GET").count { $0.headers["range"] == nil } == 1)
    #expect(try unpacked() == ["big.bin": content])
    #expect(try FileSystem.list(world.directory.path).allSatisfy { !$0.hasPrefix(".sealift") })
  }

  @Test func aSizeInTheConfigurationSavesTheQuestion() throws {
    let content = content
    let double = try HTTPDouble { $0.method == "GET" ? .whole(200, [:], content) : .reset }
    try Program.succeed(pack([entry(double, size: content.count)]))
    #expect(double.requests.map(\.method) == ["GET"])
    #expect(try unpacked() == ["big.bin": content])
  }

  @Test(arguments: [true, false]) func aFileWithAnotherDigestIsNamedAndTheNextRunBeginsItAgain(isSizeKnown: Bool) throws
  {
    let (content, gets) = (content, Counter())
    let double = try HTTPDouble { request in
      if request.method == "HEAD" {
        return isSizeKnown ? .whole(200, ["Content-Length": "\(content.count)"]) : .whole(405)
      }
      if !isSizeKnown, request.headers["range"] != nil { return .raw(Array("HTTP/1.1 200 OK\r\n\r\nx".utf8)) }
      var bytes = content
      if gets.next() == 0 { bytes[3] ^= 1 }
      return .raw(
        Array("HTTP/1.1 200 OK\r\n\(isSizeKnown ? "Content-Length: \(bytes.count)\r\n" : "")\r\n".utf8) + bytes)
    }
    let arguments = try pack([entry(double), "{path: \(world.path("empty.bin"))}"])
    var wrong = content
    wrong[3] ^= 1
    expectFailure(
      try Program.run(arguments), .protocol, "big.bin (http://\(double.address)/pub/big.bin)",
      FileWorld.hex(wrong), FileWorld.hex(content), next: "isc.yaml:5:5")
    #expect(!FileSystem.exists(world.path("a.tar.zst")))
    let result = try Program.succeed(arguments)
    #expect(result.errors.contains("goes on where it stopped") == isSizeKnown)
    #expect(try unpacked() == ["big.bin": content, "empty.bin": []])
  }

  /// One way in which a server fails.
  enum Fault: String, CaseIterable {
    case missing, denied, reset, short, tooLong, otherSize, redirectToFile, redirectInside

    var code: SealiftError.Code {
      switch self {
      case .missing: .notFound
      case .denied: .denied
      case .reset, .short: .network
      case .tooLong, .otherSize, .redirectToFile, .redirectInside: .protocol
      }
    }

    func reply(_ bytes: [UInt8]) -> HTTPDouble.Reply {
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\n\r\n"
      return switch self {
      case .missing: .whole(404)
      case .denied: .whole(403)
      case .reset: .reset
      case .short: .raw(Array(head.utf8) + bytes.dropLast())
      case .tooLong: .raw(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + bytes + [0])
      case .otherSize: .whole(200, [:], bytes + [0])
      case .redirectToFile: .whole(302, ["Location": "file:///etc/passwd"])
      case .redirectInside: .whole(302, ["Location": "http://169.254.169.254/latest"])
      }
    }
  }

  @Test(arguments: Fault.allCases) func aServerThatFailsLeavesNoBundle(fault: Fault) throws {
    let content = Array(content.prefix(100_000))
    let isBroken = Shared(true)
    let double = try HTTPDouble { _ in isBroken.with { $0 } ? fault.reply(content) : .whole(200, [:], content) }
    let arguments = try pack([
      "{url: 'http://\(double.address)/big.bin', sha256: \(FileWorld.hex(content)), size: \(content.count)}"
    ])
    let result = try Program.run(arguments)
    #expect(result.status == fault.code.rawValue, "\(result.errors)")
    #expect(!FileSystem.exists(world.path("a.tar.zst")))
    isBroken.with { $0 = false }
    try Program.succeed(arguments)
    #expect(try unpacked() == ["big.bin": content])
  }

  @Test func plainHTTPIsAskedForByName() throws {
    let double = try HTTPDouble { _ in .reset }
    let result = try Program.run(world.pack("a.tar.zst", [entry(double)]))
    expectFailure(result, .configuration, "isc.yaml:5:5", "is not https", next: "--src-tls-verify=false")
    #expect(double.requests.isEmpty)
  }

  @Test func aLocalFileThatChangesMeanwhileIsNoticed() throws {
    let (content, local) = (content, world.path("disk.raw"))
    // The first file is fetched before the second is read.
    let double = try HTTPDouble { _ in
      try? File(local, .update).write([1], at: 10)
      return .whole(200, [:], content)
    }
    let remote = entry(double, size: content.count)
    let arguments = try pack([remote, "{path: \(local), name: disk.bin}"], "--parallel", "1")
    let changed = try Program.run(arguments)
    expectFailure(changed, .corrupt, "\(local) has changed since the plan was made", next: "run the same command again")
    // The next run sees another time, and packs the file as it is.
    let again = try Program.succeed(arguments)
    #expect(again.errors.contains("it is started anew"), "\(again.errors)")
    let packed = try unpacked()
    #expect(packed["big.bin"] == content && packed["disk.bin"]?[10] == 1)
  }

  @Test func aLocalFileThatIsNotTheOneAskedForIsNamed() throws {
    let entry = "{path: \(world.path("a.txt")), sha256: \(FileWorld.hex(content))}"
    let result = try Program.run(pack([entry]))
    expectFailure(result, .protocol, "a.txt", FileWorld.hex(world.text), FileWorld.hex(content), next: "isc.yaml:5:5")
  }

  @Test func whatIsNoFileIsRefused() throws {
    mkfifo(world.path("pipe"), 0o600)
    expectFailure(
      try Program.run(pack(["{path: \(world.path("www"))}"])), .configuration, "isc.yaml:5:5", "is a directory",
      next: "an entry for each file")
    expectFailure(
      try Program.run(pack(["{path: \(world.path("pipe"))}"])), .configuration, "isc.yaml:5:5", "not a file")
    expectFailure(try Program.run(pack(["{path: \(world.path("none"))}"])), .notFound, "isc.yaml:5:5", "none")
  }

  @Test(arguments: [true, false]) func aDamagedFileDoesNotShow(isPipe: Bool) throws {
    try Program.succeed(world.pack("a.tar.zst", world.entries.filter { !$0.contains("profiles") }))
    // The body's first blob is the client.
    let offset = try world.bytes("a.tar.zst").firstRange(of: world.client.prefix(64)).map { $0.lowerBound + 2_000_000 }
    let place = try #require(offset)
    let byte = try world.bytes("a.tar.zst")[place]
    try File(world.path("a.tar.zst"), .update).write([byte ^ 1], at: place)
    let run = try Run(
      world.unpack(isPipe ? "-" : "a.tar.zst", to: "files", "--receipt", world.path("receipt.json"), "--parallel", "1"),
      under: isPipe ? piped(world.path("a.tar.zst")) : [])
    expectFailure(try run.result(), .corrupt, "blobs/sha256/\(FileWorld.hex(world.client))")
    #expect(try FileSystem.list(world.path("files")) == [])
    #expect(try Receipt(world.path("receipt.json")).failure != nil)
  }

  @Test func whatCannotBeReplacedIsFoundBeforeAnythingMoves() throws {
    try Program.succeed(world.pack())
    try FileSystem.makeDirectory(world.path("files/disk.raw"))
    let result = try Program.run(world.unpack("a.tar.zst", to: "files", "--profile", "hub"))
    expectFailure(result, .storage, "files/disk.raw is no file", next: "--files")
    #expect(try FileSystem.list(world.path("files")) == ["disk.raw"])
    let inFile = try Program.run(world.unpack("a.tar.zst", to: "a.txt", "--profile", "hub"))
    expectFailure(inFile, .storage, "a.txt is no directory", next: "--files")
  }

  @Test(.enabled(if: PackOutputTests.canMount, "nothing can be mounted here"))
  func aDirectoryWithoutRoomIsFoundBeforeAnythingMoves() throws {
    try Program.succeed(world.pack())
    try FileSystem.makeDirectory(world.path("media"))
    let script = """
      mount -t tmpfs -o size=4m none "$0/media"; "$@"; status=$?; ls -A "$0/media" > "$0/listing"; exit $status
      """
    let run = try Run(
      world.unpack("a.tar.zst", to: "media/new/files", "--profile", "hub"),
      under: ["unshare"] + PackOutputTests.nameSpace + ["bash", "-c", script, world.directory.path])
    expectFailure(try run.result(), .storage, "the files need 7.6 MiB (", "has 4 MiB free", next: "free some space")
    #expect(try world.bytes("listing") == [])
  }

  @Test(.enabled(if: KillPoints.canTrace, "strace cannot trace here"), arguments: ["renameat", "fdatasync", "write"])
  func aKilledRunLeavesNoHalfFileAndTheNextOneTidiesUp(call: String) throws {
    try Program.succeed(world.pack())
    let arguments = world.unpack("a.tar.zst", to: "files", "--profile", "hub")
    let status = try Run(arguments, under: KillPoints.trace(call, 2)).result().status
    #expect(status == 137 || status == 0)
    for (name, bytes) in try world.contents(of: "files") where !name.hasPrefix(".sealift-file-") {
      #expect(bytes == world.contents[name], "\(name)")
    }
    try Program.succeed(arguments)
    #expect(try world.contents(of: "files") == world.contents)
  }
}
