import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

/// What a user names for output, and what lies there already.
@Suite(.timeLimit(.minutes(20))) struct OutputFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func content(_ name: String) throws -> [UInt8] { try FileSystem.read(directory(name), limit: 1 << 20) }

  private func refusal(_ body: () throws -> Void) throws -> SealiftError {
    try #require(#expect(throws: SealiftError.self) { try body() })
  }

  @Test func aFileIsReplacedAsAWhole() throws {
    for bytes in [[1], [2, 3]] as [[UInt8]] {
      let file = try OutputFile(directory("file"))
      #expect(!file.isStream && !file.isStandardOutput)
      try file.write(bytes)
      #expect(try content("file") == bytes)
    }
    #expect(try FileSystem.list(directory.path) == ["file"])
  }

  @Test func whatALinkLeadsToStaysAsItIs() throws {
    try FileSystem.write([1], to: directory("other"))
    #expect(symlink("other", directory("link")) == 0)
    try OutputFile(directory("link")).write([2])
    #expect(try content("other") == [1])
    #expect(try content("link") == [2])
  }

  @Test func aPipeTakesTheBytesAndStays() throws {
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    let reader = File(descriptor: open(directory("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC), path: "pipe")
    let file = try OutputFile(directory("pipe"))
    #expect(file.isStream)
    try file.write([1, 2, 3])
    var buffer = [UInt8](repeating: 0, count: 9)
    #expect(try buffer.withUnsafeMutableBytes { try reader.read(into: $0) } == 3)
    #expect(try FileSystem.kind(of: directory("pipe")) == .special)
    #expect(try FileSystem.list(directory.path) == ["pipe"])
  }

  @Test func anOpenFileOfTheShellIsWrittenTo() throws {
    let (read, write) = try File.pipe()
    // What this program has opened itself is nobody's to name.
    #expect(try refusal { _ = try OutputFile("/dev/fd/\(write.descriptor)") }.code == .usage)
    let inherited = dup(write.descriptor)
    defer { close(inherited) }
    let file = try OutputFile("/dev/fd/\(inherited)")
    #expect(file.isStream)
    try file.write([7])
    var buffer = [UInt8](repeating: 0, count: 9)
    #expect(try buffer.withUnsafeMutableBytes { try read.read(into: $0) } == 1)
    for name in ["/dev/fd/9999", "/dev/fd/x", "/dev/fd/-1", "/proc/self/fd/9999", "/dev/fd/\(dup(read.descriptor))"] {
      #expect(try refusal { _ = try OutputFile(name) }.problem == "\(name) is not open for writing")
    }
    #expect(try OutputFile("/dev/stdout").isStandardOutput)
  }

  @Test func whatCannotTakeAFileIsRefusedByName() throws {
    try FileSystem.makeDirectory(directory("directory"))
    #expect(try refusal { _ = try OutputFile(directory("directory")) }.problem.hasSuffix("is a directory"))
    let long = directory(String(repeating: "n", count: 256))
    #expect(try refusal { _ = try OutputFile(long) }.problem.contains("has 256 bytes"))
    _ = try OutputFile(directory(String(repeating: "n", count: 255)))
    try FileSystem.write([1], to: directory(String(repeating: "n", count: 255)))
    try FileSystem.checkName(of: directory(String(repeating: "n", count: 240)), with: [".partial"])
    let error = try refusal {
      try FileSystem.checkName(of: directory(String(repeating: "n", count: 240)), with: [".partial.journal"])
    }
    #expect(error.code == .usage && error.problem.contains("'.partial.journal'"))
  }

  @Test(.enabled(if: geteuid() == 0, "only root makes devices")) func aDeviceStaysADevice() throws {
    let made = mknod(directory("null"), S_IFCHR | 0o666, makedev(1, 3))
    guard made == 0 else { return }
    try OutputFile(directory("null")).write([1, 2, 3])
    #expect(try FileSystem.kind(of: directory("null")) == .special)
    guard mknod(directory("disk"), S_IFBLK | 0o600, makedev(7, 200)) == 0 else { return }
    #expect(try refusal { _ = try OutputFile(directory("disk")) }.problem.hasSuffix("is a disk"))
  }

  // glibc gives it as a macro.
  private func makedev(_ major: UInt, _ minor: UInt) -> UInt { major << 8 | minor }

  @Test func aNewFileShowsAllOrNothingAndReplacesNothing() throws {
    try FileSystem.create(directory("key"), [1, 2], permissions: 0o600)
    #expect(try content("key") == [1, 2])
    #expect(try File(directory("key"), .read).status().st_mode & 0o777 == 0o600)
    #expect(try refusal { try FileSystem.create(directory("key"), [3], permissions: 0o600) }.code == .storage)
    #expect(symlink("elsewhere", directory("link")) == 0)
    #expect(try refusal { try FileSystem.create(directory("link"), [3], permissions: 0o600) }.code == .storage)
    #expect(try FileSystem.list(directory.path) == ["key", "link"])
  }

  @Test func aFileOfOnesOwnIsNobodyElses() throws {
    try File(own: directory("own"), isMade: true).write([1])
    #expect(try File(own: directory("own")).size() == 1)
    try File(own: directory("own"), appends: true).write([2])
    #expect(try content("own") == [1, 2])
    #expect(try refusal { _ = try File(own: directory("absent")) }.code == .notFound)
    #expect(symlink("own", directory("link")) == 0)
    #expect(link(directory("own"), directory("second")) == 0)
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    for (name, what) in [("link", "is a symbolic link"), ("second", "has a second name"), ("pipe", "is not a file")] {
      let error = try refusal { _ = try File(own: directory(name), isMade: true) }
      #expect(error.code == .storage && error.problem.hasPrefix("\(directory(name)) \(what)"), "\(error)")
    }
    #expect(try content("own") == [1, 2])
  }

  @Test(.enabled(if: geteuid() == 0, "only root gives files away")) func aFileOfAnotherUserIsRefused() throws {
    try FileSystem.write([1], to: directory("planted"))
    #expect(chown(directory("planted"), 12_345, 12_345) == 0)
    let error = try refusal { _ = try File(own: directory("planted"), isMade: true) }
    #expect(error.problem.contains("belongs to another user (12345)"))
  }
}
