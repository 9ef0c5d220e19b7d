import Diagnostics
import Glibc
import SystemIO

/// A reader of bytes that others have written.
struct Parser: Sendable {
  /// What `scripts/harden` calls it.
  let name: String
  /// What it takes.
  let samples: @Sendable () throws -> [[UInt8]]
  /// Reads bytes, and stops the program where a promise is broken.
  let read: @Sendable ([UInt8]) throws -> Void

  init(
    _ name: String, samples: @escaping @Sendable () throws -> [[UInt8]],
    read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.name = name
    self.samples = samples
    self.read = read
  }

  /// One whose samples are texts.
  init(_ name: String, _ texts: [String], read: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.init(name, samples: { texts.map { Array($0.utf8) } }, read: read)
  }

  /// All of them.
  static let all = bundles + documents + registries + releases + catalogs + charts + records

  #if !DELETING
    // Their module takes as long to build as all others.
    private static let records: [Parser] = []
  #endif
}

/// The parts of an input for a parser that takes several: a byte that stands in no text is between them.
func parts(_ input: [UInt8]) -> [[UInt8]] {
  input.split(separator: 0xFF, omittingEmptySubsequences: false).map(Array.init)
}

/// The text of an input.
func text(_ input: [UInt8]) -> String { String(decoding: input, as: UTF8.self) }

/// A file in memory, for readers that take files; each input replaces it.
struct Scratch: ~Copyable {
  let path: String
  private let file: File

  init() throws {
    path = "/dev/shm/sealift-fuzz.\(getpid())"
    file = try File(path, .replace)
    // What another process would find is gone at once.
    unlink(path)
  }

  /// A file with these bytes, to be read from its start.
  func holding(_ bytes: [UInt8]) throws -> File {
    guard ftruncate(file.descriptor, 0) == 0, pwrite(file.descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw SealiftError.system("cannot write to \(path)")
    }
    return try File("/proc/self/fd/\(file.descriptor)", .read)
  }
}
