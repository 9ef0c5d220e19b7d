import Diagnostics
import Glibc
import SystemIO
import TestSupport
import Testing

@Suite struct FileSystemLinksTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func theKindIsThatOfTheNameItself() throws {
    try FileSystem.write([1], to: directory("file"))
    try FileSystem.makeDirectory(directory("directory"), permissions: 0o700)
    #expect(symlink("directory", directory("link")) == 0)
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    #expect(try FileSystem.kind(of: directory("file")) == .file)
    #expect(try FileSystem.kind(of: directory("directory")) == .directory)
    #expect(try FileSystem.kind(of: directory("link")) == .link)
    #expect(try FileSystem.kind(of: directory("pipe")) == .special)
    #expect(try FileSystem.kind(of: directory("none")) == nil)
    #expect(try FileSystem.kind(of: directory("file/inner")) == nil)
    #expect(try File(directory("directory"), .read).status().st_mode & 0o777 == 0o700)
    let tooLong = String(repeating: "x", count: 300)
    #expect(throws: SealiftError.self) { try FileSystem.kind(of: directory(tooLong)) }
  }

  @Test func linksReplaceWhatStoodThere() throws {
    let link = directory("link")
    for target in ["a", "b/é"] {
      try FileSystem.replace(link, withLinkTo: target)
      #expect(try FileSystem.target(ofLink: link) == target)
    }
    for (name, byte) in [("a", 1), ("b", 2)] as [(String, UInt8)] {
      try FileSystem.write([byte], to: directory(name))
      // Twice: the second time it is one file already.
      for _ in 0..<2 { #expect(try FileSystem.replace(link, withHardLinkTo: directory(name))) }
      #expect(try File(regular: link).hasName(directory(name)))
    }
    #expect(try FileSystem.list(directory.path) == ["a", "b", "link"])
    #expect(throws: SealiftError.self) { try FileSystem.replace(link, withHardLinkTo: directory("none")) }
    #expect(throws: SealiftError.self) { try FileSystem.target(ofLink: directory("a")) }
    #expect(throws: SealiftError.self) { try FileSystem.replace(directory("none/link"), withLinkTo: "a") }
  }

  @Test func whatIsNotLinkedIsSaidAndLeavesNothing() throws {
    try FileSystem.makeDirectory(directory("directory"))
    // No Linux file system gives a directory a second name.
    #expect(try FileSystem.replace(directory("link"), withHardLinkTo: directory("directory")) == false)
    #expect(try FileSystem.list(directory.path) == ["directory"])
  }

  @Test func whatNamesADirectoryTakesIsTriedOut() throws {
    let abilities = try FileSystem.namingAbilities(in: directory.path)
    #expect(abilities.colons && abilities.symbolicLinks && abilities.hardLinks)
    #expect(try FileSystem.list(directory.path) == [])
    #expect(throws: SealiftError.self) { try FileSystem.namingAbilities(in: directory("none")) }
  }
}
