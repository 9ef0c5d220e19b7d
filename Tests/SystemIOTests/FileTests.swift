import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct FileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func content(_ name: String) throws -> String {
    String(decoding: try FileSystem.read(directory(name), limit: 1 << 20), as: UTF8.self)
  }

  @Test(
    arguments: [
      (.read, nil, "old"), (.update, nil, "new"), (.create, "newer", nil), (.createOrUpdate, "newer", "newer"),
      (.replace, "newer", "newer"),
    ] as [(File.Mode, String?, String?)])
  func eachModeTreatsAFileAsItSays(mode: File.Mode, fresh: String?, existing: String?) throws {
    let text = mode == .update ? "new" : "newer"
    for (name, expected) in [("fresh", fresh), ("existing", existing)] {
      if name == "existing" { try FileSystem.write(Array("old".utf8), to: directory(name)) }
      guard let expected else {
        let error = #expect(throws: SealiftError.self) { try File(directory(name), mode) }
        #expect(error?.code == (name == "fresh" ? .notFound : .storage))
        #expect(error?.problem.contains(directory(name)) == true)
        continue
      }
      let file = try File(directory(name), mode)
      if mode != .read { try file.write(Array(text.utf8)) }
      #expect(try content(name) == expected)
    }
  }

  @Test func onlyReplaceDropsWhatAFileHeld() throws {
    for (mode, expected) in [(File.Mode.update, "x-long"), (.createOrUpdate, "x-long"), (.replace, "x")] {
      try FileSystem.write(Array("a-long".utf8), to: directory("file"))
      try File(directory("file"), mode).write(Array("x".utf8))
      #expect(try content("file") == expected)
    }
  }

  @Test func readsAndWritesAtPositionsAndInOrder() throws {
    let file = try File(directory("file"), .create)
    try file.write([1, 2, 3])
    try file.write([9, 8], at: 5)
    try file.write([4])
    #expect(try file.size() == 7)
    #expect(try file.bytes(at: 0, count: 100) == [1, 2, 3, 4, 0, 9, 8])
    #expect(try file.bytes(at: 5, count: 1) == [9])
    #expect(try file.bytes(at: 7, count: 1) == [])
    try file.truncate(to: 6)
    try file.sync()
    let again = try File(directory("file"), .read)
    var buffer = [UInt8](repeating: 7, count: 4)
    #expect(try buffer.withUnsafeMutableBytes { try again.read([$0]) } == 4)
    #expect(try buffer.withUnsafeMutableBytes { try again.read([$0]) } == 2)
    #expect(buffer == [0, 9, 3, 4])
    #expect(try buffer.withUnsafeMutableBytes { try again.read(into: $0) } == 0)
    #expect(throws: SealiftError.self) { try again.write([1]) }
  }

  @Test func aPipeIsReadInPiecesUntilItsEnd() throws {
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    let reading = File(descriptor: ends[0], path: "pipe")
    do {
      let writing = File(descriptor: ends[1], path: "pipe")
      try writing.write([1, 2])
      try writing.write([3])
      #expect(!writing.isSeekable)
    }
    var buffer = [UInt8](repeating: 0, count: 9)
    #expect(try buffer.withUnsafeMutableBytes { try reading.read([$0]) } == 3)
    #expect(buffer.prefix(3) == [1, 2, 3])
    #expect(try File(directory("file"), .create).isSeekable)
  }

  @Test func anAnonymousFileHasNoName() throws {
    let file = try File.anonymous(in: directory.path)
    try file.write([1, 2, 3])
    #expect(try file.bytes(at: 1, count: 2) == [2, 3])
    #expect(try FileSystem.list(directory.path) == [])
    let error = #expect(throws: SealiftError.self) { try File.anonymous(in: directory("none")) }
    #expect(error?.code == .notFound)
  }

  @Test func aFullDiskIsNamedWithTheNextStep() throws {
    let full = try File("/dev/full", .update)
    for write in [{ try full.write([1]) }, { try full.write([1], at: 0) }] {
      let error = #expect(throws: SealiftError.self) { try write() }
      #expect(error?.code == .storage)
      #expect(error?.problem == "cannot write /dev/full: No space left on device")
      #expect(error?.nextStep == "free some space and run the same command again")
    }
  }

  @Test func aLockIsHeldUntilTheFileIsClosed() throws {
    var first: File? = try File(directory("file"), .createOrUpdate)
    let second = try File(directory("file"), .createOrUpdate)
    #expect(try first?.lock() == true)
    #expect(try second.lock() == false)
    first = nil
    #expect(try second.lock() == true)
  }

  @Test func onlyARegularFileIsOpenedAsOne() throws {
    try FileSystem.write([1, 2], to: directory("file"))
    #expect(try File(regular: directory("file")).bytes(at: 0, count: 9) == [1, 2])
    #expect(symlink("file", directory("link")) == 0)
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    try FileSystem.makeDirectory(directory("directory"))
    for name in [directory("link"), directory("pipe"), directory("directory"), "/dev/null"] {
      let error = #expect(throws: SealiftError.self) { try File(regular: name) }
      #expect(error?.code == .corrupt)
      #expect(error?.problem.contains("where only a regular file may stand") == true)
    }
    let error = #expect(throws: SealiftError.self) { try File(regular: directory("none")) }
    #expect(error?.code == .notFound)
  }

  @Test(
    arguments: [
      (ENOENT, .notFound, "path"), (ENOTDIR, .notFound, "path"), (EACCES, .storage, "permissions"),
      (EPERM, .storage, "permissions"), (ENOSPC, .storage, "free some space"), (EDQUOT, .storage, "free some space"),
      (EROFS, .storage, "can be written"), (EFBIG, .storage, "files of this size"), (EEXIST, .storage, "another name"),
      (EPIPE, .storage, "pipe"), (EIO, .storage, "disk"),
    ] as [(CInt, SealiftError.Code, String)])
  func eachReasonOfTheSystemHasANextStep(number: CInt, code: SealiftError.Code, step: String) {
    errno = number
    let error = SealiftError.system("cannot do it")
    #expect(error.code == code)
    #expect(error.problem == "cannot do it: " + String(cString: strerror(number)))
    #expect(error.nextStep.contains(step))
  }
}
