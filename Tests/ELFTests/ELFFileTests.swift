import Diagnostics
import ELF
import SystemIO
import TestSupport
import Testing

/// The reader of programs and libraries, against those of this machine and against damage.
struct ELFFileTests {
  /// The program that runs these tests, whatever it is called here.
  private static func program() throws -> [UInt8] { try FileSystem.read("/proc/self/exe", limit: 1 << 30) }

  /// A program of the system, small enough to be read many times.
  private static func small() throws -> [UInt8] { try FileSystem.read("/bin/true", limit: 1 << 24) }

  @Test("A program names its dynamic linker and its libraries")
  func program() throws {
    let file = try ELFFile(Self.program(), source: "program")
    #expect(file.interpreter.map { FileSystem.exists($0) } == true)
    #expect(file.soname == nil)
    #expect(file.needed.contains("libc.so.6"))
  }

  @Test("A program that is made here names none", arguments: [0, 0xAF, 0xB0, 0xFFF])
  func made(_ offset: Int) throws {
    let code = Array("what runs".utf8)
    let bytes = ELFProgram.file(code, entry: 3, offset: offset)
    let file = try ELFFile(bytes, source: "program")
    #expect(file.interpreter == nil && file.soname == nil && file.needed == [])
    #expect(bytes.suffix(code.count) == code[...])
    let entry = bytes[24..<32].reversed().reduce(0) { $0 << 8 | Int($1) }
    // The first segment loads the whole file there.
    let base = bytes[80..<88].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(entry == base + bytes.count - code.count + 3 && (entry - 3) & 0xFFF == offset)
  }

  @Test("A library names itself")
  func library() throws {
    let maps = String(decoding: try FileSystem.read("/proc/self/maps", limit: 1 << 24), as: UTF8.self)
    let path = try #require(
      maps.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        .first { $0.contains("/libc.so.6") })
    let file = try ELFFile(FileSystem.read(path, limit: 1 << 26), source: path)
    #expect(file.soname == "libc.so.6")
  }

  @Test("What is no such file is refused by name")
  func others() {
    for bytes in [
      [], Array("#!/bin/sh\n".utf8), [0x7F, 0x45, 0x4C, 0x46],
      [0x7F, 0x45, 0x4C, 0x46] + [UInt8](repeating: 1, count: 60),
    ] {
      let error = #expect(throws: SealiftError.self) { try ELFFile(bytes, source: "a file") }
      #expect(error?.code == .configuration)
      #expect(error?.problem.hasPrefix("a file ") == true)
    }
  }

  @Test("No cut and no changed byte of the headers traps")
  func damage() throws {
    let bytes = try Self.small()
    for end in stride(from: 0, to: bytes.count, by: 97) { _ = try? ELFFile(Array(bytes[..<end]), source: "cut") }
    var changed = bytes
    for index in 0..<min(4096, bytes.count) {
      for value: UInt8 in [0, 0x7F, 0xFF] {
        changed[index] = value
        _ = try? ELFFile(changed, source: "changed")
      }
      changed[index] = bytes[index]
    }
  }
}
