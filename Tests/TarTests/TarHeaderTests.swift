import CArchive
import SystemIO
import Tar
import TestSupport
import Testing

struct TarHeaderTests {
  static let name = "blobs/sha256/" + String(repeating: "0a", count: 32)
  static let sizes = [0, 1, 511, 512, 8 << 30 - 1, 8 << 30, 1 << 45]

  /// The header, then a hole of the content's size, then the end of the archive.
  func archive(_ size: Int, in directory: TemporaryDirectory) throws -> String {
    let file = try File(directory("a.tar"), .create)
    try file.write(TarHeader.bytes(name: Self.name, size: size), at: 0)
    let entry = try #require(TarHeader.entryBytes(size))
    try file.truncate(to: entry + TarHeader.endOfArchive.count)
    return directory("a.tar")
  }

  // A file of more would need another file system than most.
  @Test(
    "GNU tar lists the name and size", .enabled(if: hasTool("tar"), "tar is not installed"), arguments: sizes.dropLast()
  )
  func gnuTar(_ size: Int) throws {
    let directory = try TemporaryDirectory()
    let result = try runTool("tar", ["-tvf", try archive(size, in: directory)])
    #expect(result.status == 0, "\(result.errors)")
    let columns = result.output.split(separator: " ", omittingEmptySubsequences: true)
    #expect(columns.first == "-rw-r--r--")
    #expect(columns.dropFirst(2).first == "\(size)")
    #expect(columns.last == "\(Self.name)\n")
  }

  @Test("libarchive reads the name, size, mode and type", arguments: sizes)
  func libarchive(_ size: Int) throws {
    var header = TarHeader.bytes(name: Self.name, size: size)
    let archive = try #require(archive_read_new())
    defer { archive_read_free(archive) }
    archive_read_support_format_tar(archive)
    #expect(archive_read_open_memory(archive, &header, header.count) == ARCHIVE_OK)
    var entry: OpaquePointer?
    #expect(archive_read_next_header(archive, &entry) == ARCHIVE_OK)
    #expect(archive_entry_pathname(entry).map { String(cString: $0) } == Self.name)
    #expect(archive_entry_size(entry) == size)
    #expect(archive_entry_mode(entry) == 0o100644)
    #expect(archive_entry_mtime(entry) == 0)
  }

  @Test(
    "A long name is cut at its last slash, and libarchive joins it again",
    arguments: [
      ("release-signatures/sha256-" + String(repeating: "0a", count: 32) + "/signature-1", 90),
      ("config/" + String(repeating: "a", count: 60) + "/" + String(repeating: "n", count: 60), 67),
      ("a/" + String(repeating: "n", count: 99), 1),
      (String(repeating: "a", count: 155) + "/" + String(repeating: "n", count: 100), 155),
      ("a/b/" + String(repeating: "n", count: 100), 3),
    ])
  func longName(_ name: String, cut: Int) throws {
    var header = TarHeader.bytes(name: name, size: 0)
    #expect(header[345 + cut] == 0)
    #expect(Array(header[345..<345 + cut]) == Array(name.utf8.prefix(cut)))
    #expect(header.prefix(100).prefix { $0 != 0 }.elementsEqual(name.utf8.dropFirst(cut + 1)))
    #expect(TarHeader.size(in: header, name: name) == 0)
    let archive = try #require(archive_read_new())
    defer { archive_read_free(archive) }
    archive_read_support_format_tar(archive)
    #expect(archive_read_open_memory(archive, &header, header.count) == ARCHIVE_OK)
    var entry: OpaquePointer?
    #expect(archive_read_next_header(archive, &entry) == ARCHIVE_OK)
    #expect(archive_entry_pathname(entry).map { String(cString: $0) } == name)
  }

  @Test(
    "A name that cannot be cut has no header",
    arguments: [
      String(repeating: "n", count: 101), "/" + String(repeating: "n", count: 100),
      String(repeating: "a", count: 156) + "/n", "a/" + String(repeating: "n", count: 101),
    ])
  func noName(_ name: String) {
    #expect(TarHeader.fields(of: name) == nil)
    #expect(TarHeader.size(in: TarHeader.bytes(name: "a", size: 0), name: name) == nil)
  }

  @Test(
    "GNU tar writes the same bytes, and so anybody can make the archive anew",
    .enabled(if: hasTool("tar") && hasTool("sh"), "tar is not installed"),
    arguments: [
      name, "bundle.json", "signatures/.padding", String(repeating: "n", count: 100),
      "c/" + String(repeating: "n", count: 99),
      String(repeating: "a", count: 54) + "/" + String(repeating: "n", count: 100),
      "release-signatures/sha256-" + String(repeating: "0a", count: 32) + "/signature-1",
      "config/" + String(repeating: "a", count: 60) + "/" + String(repeating: "n", count: 60),
    ])
  func gnuTarWrites(_ name: String) throws {
    let directory = try TemporaryDirectory()
    try FileSystem.makeDirectory(FileSystem.parent(of: directory(name)))
    for size in Self.sizes.dropLast() where size < TarHeader.firstLargeSize || name.utf8.count <= TarHeader.maximumName
    {
      try File(directory(name), .replace).truncate(to: size)
      let format = size < TarHeader.firstLargeSize ? "ustar" : "gnu"
      let command = """
        tar -C \(directory.path) --format=\(format) --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 \
          --no-recursion -b1 -cf - \(name) | head -c 512 > \(directory("header"))
        """
      _ = try runTool("sh", ["-c", command])
      #expect(
        try FileSystem.read(directory("header"), limit: 512) == TarHeader.bytes(name: name, size: size), "\(size)")
    }
  }

  @Test("The size is read back", arguments: sizes + [.max])
  func size(_ size: Int) {
    #expect(TarHeader.size(in: TarHeader.bytes(name: Self.name, size: size), name: Self.name) == size)
  }

  @Test("A header has the documented bytes")
  func bytes() {
    let header = TarHeader.bytes(name: "bundle.json", size: 1000)
    #expect(header.count == 512)
    let text = String(decoding: header.map { $0 == 0 ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    #expect(text.prefix(11) == "bundle.json")
    #expect(text.dropFirst(100).prefix(57) == "0000644.0000000.0000000.00000001750.00000000000.011354. 0")
    #expect(text.dropFirst(257).prefix(8) == "ustar.00")
    #expect(text.dropFirst(329).prefix(16) == "0000000.0000000.")
  }

  @Test("Every changed bit is refused, or is a header of another size")
  func changedBits() {
    let header = TarHeader.bytes(name: Self.name, size: 1 << 20)
    for index in header.indices {
      for bit in 0..<8 {
        var changed = header
        changed[index] ^= 1 << UInt8(bit)
        #expect(TarHeader.size(in: changed, name: Self.name) == nil, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test(
    "Sizes in any other form are refused",
    arguments: [
      "+0000000001", "-0000000001", "0000000000 ", " 0000000001", "00000000008", "0x000000001", "\u{FF10}00000001",
    ])
  func otherForms(_ field: String) {
    var header = TarHeader.bytes(name: Self.name, size: 1)
    header.replaceSubrange(124..<124 + field.utf8.count, with: field.utf8)
    #expect(TarHeader.size(in: header, name: Self.name) == nil)
  }

  @Test("A small or negative size in base-256 is refused")
  func base256() {
    let fields: [[UInt8]] = [
      [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [UInt8](repeating: 0xFF, count: 12),
      // One bit more than a size has, alone and with a size that would do.
      [0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], [0x80, 0, 0, 0, 0x80, 0, 0, 2, 0, 0, 0, 0],
      [0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0],
    ]
    for bytes in fields {
      var header = TarHeader.bytes(name: Self.name, size: 1)
      header.replaceSubrange(124..<136, with: bytes)
      #expect(TarHeader.size(in: header, name: Self.name) == nil)
    }
  }

  @Test("A name that is no text, and grows when it is read as text, is refused")
  func notText() {
    let header = [UInt8](repeating: 0xFF, count: 100) + TarHeader.bytes(name: "", size: 1).dropFirst(100)
    let name = String(decoding: header.prefix(100), as: UTF8.self)
    #expect(TarHeader.size(in: header, name: name) == nil)
  }

  @Test("Padding and entry sizes", arguments: [(0, 0, 512), (1, 511, 1024), (511, 1, 1024), (512, 0, 1024)])
  func padding(_ size: Int, padding: Int, entry: Int) {
    #expect(TarHeader.padding(size) == padding)
    #expect(TarHeader.entryBytes(size) == entry)
  }

  @Test("An entry that does not fit into 64 bits has no size")
  func overflow() {
    #expect(TarHeader.entryBytes(.max) == nil)
    #expect(TarHeader.entryBytes(.max - 2000) != nil)
  }
}
