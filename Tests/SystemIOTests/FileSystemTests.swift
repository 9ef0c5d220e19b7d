import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

@Suite struct FileSystemTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func makesDirectoriesAndThoseAboveThem() throws {
    let path = directory("a/b/c")
    try FileSystem.makeDirectory(path)
    try FileSystem.makeDirectory(path)
    try FileSystem.makeDirectory(path + "/d/")
    #expect(FileSystem.isDirectory(path + "/d"))
    #expect(try FileSystem.list(directory.path) == ["a"])
  }

  @Test(arguments: ["file", "file/below"])
  func aFileIsNotTakenForADirectory(name: String) throws {
    try FileSystem.write([], to: directory("file"))
    #expect(throws: SealiftError.self) { try FileSystem.makeDirectory(directory(name)) }
  }

  @Test func textIsReadAsEditorsSaveIt() throws {
    let text = "ä: \u{1F600}\r\n"
    let units = Array("\u{FEFF}\(text)".utf16)
    let forms: [[UInt8]] = [
      Array(text.utf8), Array("\u{FEFF}\(text)".utf8), units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
      units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
    ]
    for form in forms {
      try FileSystem.write(form, to: directory("text"))
      #expect(try FileSystem.readText(directory("text"), limit: 100) == Array(text.utf8))
    }
    for odd in [[], [0xFF], [0xFF, 0xFE], [0xFE, 0xFF, 0x00], [0xEF, 0xBB]] as [[UInt8]] {
      try FileSystem.write(odd, to: directory("text"))
      #expect(try FileSystem.readText(directory("text"), limit: 100).count <= odd.count)
    }
  }

  @Test func manyMakeOneDirectoryAtOnce() async throws {
    let path = directory("x/y/z")
    try await (0..<16).forEachConcurrently(limit: 16) { _ in try FileSystem.makeDirectory(path) }
    #expect(FileSystem.isDirectory(path))
  }

  @Test func listsNamesInOrder() throws {
    for name in ["b", "a", ".hidden", "ü"] { try FileSystem.write([], to: directory(name)) }
    #expect(try FileSystem.list(directory.path) == [".hidden", "a", "b", "ü"])
    let error = #expect(throws: SealiftError.self) { try FileSystem.list(directory("none")) }
    #expect(error?.code == .notFound)
  }

  @Test func seesThroughLinksWhatIsThere() throws {
    try FileSystem.makeDirectory(directory("d"))
    #expect(symlink("d", directory("link")) == 0)
    #expect(symlink("none", directory("broken")) == 0)
    #expect(FileSystem.exists(directory("link")) && FileSystem.isDirectory(directory("link")))
    #expect(!FileSystem.exists(directory("broken")) && !FileSystem.isDirectory(directory("broken")))
    #expect(!FileSystem.exists(directory("none")))
  }

  @Test func writesAWholeFileInPlaceOfAnother() throws {
    let path = directory("file")
    try FileSystem.write([1, 2, 3], to: path, permissions: 0o600)
    #expect(try File(path, .read).status().st_mode & 0o777 == 0o600)
    let old = try File(path, .read)
    try FileSystem.write([4], to: path)
    #expect(try FileSystem.read(path, limit: 10) == [4])
    #expect(try old.bytes(at: 0, count: 10) == [1, 2, 3])
    #expect(try FileSystem.list(directory.path) == ["file"])
  }

  @Test func aFailedWriteLeavesNothingBehind() throws {
    try FileSystem.makeDirectory(directory("taken/by"))
    #expect(throws: SealiftError.self) { try FileSystem.write([1], to: directory("taken")) }
    #expect(try FileSystem.list(directory.path) == ["taken"])
    let error = #expect(throws: SealiftError.self) { try FileSystem.write([1], to: directory("none/file")) }
    #expect(error?.code == .notFound)
  }

  @Test func manyWriteOneFileAtOnce() async throws {
    let path = directory("file")
    try await (0..<32).forEachConcurrently(limit: 16) { number in
      try FileSystem.write([UInt8](repeating: UInt8(number), count: 10_000), to: path)
    }
    let bytes = try FileSystem.read(path, limit: 10_000)
    #expect(bytes.count == 10_000 && Set(bytes).count == 1)
    #expect(try FileSystem.list(directory.path) == ["file"])
  }

  @Test func readsASmallFileUpToTheLimit() throws {
    for count in [0, 1, 65_536, 100_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      try FileSystem.write(bytes, to: directory("file"))
      #expect(try FileSystem.read(directory("file"), limit: count) == bytes)
      guard count > 0 else { continue }
      let error = #expect(throws: SealiftError.self) { try FileSystem.read(directory("file"), limit: count - 1) }
      #expect(error?.code == .configuration)
    }
    let error = #expect(throws: SealiftError.self) { try FileSystem.read(directory.path, limit: 10) }
    #expect(error?.problem.hasSuffix("is a directory") == true)
    #expect(throws: SealiftError.self) { try FileSystem.read("/dev/zero", limit: 1 << 20) }
  }

  @Test func renamesAndRemoves() throws {
    try FileSystem.write([1], to: directory("a"))
    try FileSystem.write([2], to: directory("b"))
    try FileSystem.rename(directory("a"), to: directory("b"))
    #expect(try FileSystem.read(directory("b"), limit: 1) == [1])
    try FileSystem.remove(directory("b"))
    try FileSystem.remove(directory("b"))
    #expect(try FileSystem.list(directory.path) == [])
    let error = #expect(throws: SealiftError.self) { try FileSystem.rename(directory("a"), to: directory("b")) }
    #expect(error?.code == .notFound)
    #expect(throws: SealiftError.self) { try FileSystem.remove(directory.path) }
  }

  @Test(arguments: [
    ("a", ".", "a"), ("/a", "/", "a"), ("a/b", "a", "b"), ("/a/b.c", "/a", "b.c"), ("./a", ".", "a"), ("a/", "a", ""),
  ])
  func splitsPaths(path: String, parent: String, name: String) {
    #expect(FileSystem.parent(of: path) == parent)
    #expect(FileSystem.name(of: path) == name)
  }

  @Test func knowsTheVolume() throws {
    let volume = try FileSystem.volume(of: directory.path)
    #expect(volume.freeBytes > 0)
    #expect(volume.hasHoles && !volume.isFAT)
    #expect(throws: SealiftError.self) { try FileSystem.volume(of: directory("none")) }
  }

  @Test(arguments: [([:], "/tmp"), (["TMPDIR": ""], "/tmp"), (["TMPDIR": "/var/tmp"], "/var/tmp")])
  func anEmptyTMPDIRIsNone(environment: [String: String], directory: String) {
    #expect(FileSystem.temporaryDirectory(environment) == directory)
  }
}
