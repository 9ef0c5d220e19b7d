internal import BundleFormat
package import Diagnostics
package import SystemIO

/// A bundle that is not finished: `NAME.partial` with its journal, both gone when it is.
struct PartialBundle: Sendable {
  /// The path of the finished bundle.
  let path: String
  /// The unfinished file, locked for this process.
  let file: File

  private var partialPath: String { path + ".partial" }

  /// The path of the journal.
  var journalPath: String { partialPath + ".journal" }

  /// Opens or makes the unfinished file.
  ///
  /// - Throws: `again` if another process is at it.
  init(for path: String) throws(SealiftError) {
    try FileSystem.checkName(of: path, with: [".partial.journal"])
    FileSystem.removeLeftovers(in: FileSystem.parent(of: path))
    self.path = path
    file = try Self.locked(path)
  }

  private static func locked(_ path: String) throws(SealiftError) -> File {
    while true {
      let file = try File(own: path + ".partial", isMade: true)
      guard try file.lock() else {
        throw SealiftError(
          .again, "another process is packing \(path)", nextStep: "wait for it to end, or choose another name")
      }
      // A process that ended between the two steps has given the file its final name: it must not be written any more.
      if try file.hasName(path + ".partial") { return file }
    }
  }

  /// Forgets what an earlier run did.
  func clear() throws(SealiftError) {
    try FileSystem.remove(journalPath)
    try file.truncate(to: 0)
  }

  /// Removes the unfinished file.
  func remove() throws(SealiftError) {
    try FileSystem.remove(journalPath)
    try FileSystem.remove(partialPath)
  }

  /// Gives the file its name, when all of it is there and synced.
  ///
  /// - Parameter proof: Looks at the file before.
  func finish(size: Int, proof: (File) throws -> Void) throws {
    try file.truncate(to: size)
    try file.sync()
    try proof(file)
    try FileSystem.rename(partialPath, to: path)
    try FileSystem.remove(journalPath)
  }

  /// Checks that a file of `size` bytes can be written here.
  ///
  /// - Throws: `storage`, with the numbers.
  func checkRoom(for size: Int) throws(SealiftError) {
    try FileSystem.volume(of: partialPath).checkRoom(for: size, at: path, present: file.allocatedBytes())
  }
}

extension Volume {
  /// Checks that a file can grow to `size` bytes.
  ///
  /// - Parameters:
  ///   - path: The file, for the message.
  ///   - present: The bytes that it takes already.
  /// - Throws: `storage`, with the numbers.
  package func checkRoom(for size: Int, at path: String, present: Int) throws(SealiftError) {
    if isFAT, size > Self.largestFileOnFAT {
      throw SealiftError(
        .storage, "the bundle needs \(size.asBytes) (\(size) bytes), and \(path) is on FAT, where a file holds 4 GiB",
        nextStep: "format the medium with exFAT or ext4, or pack less")
    }
    let missing = size - present - freeBytes
    if missing > 0 {
      throw SealiftError(
        .storage,
        "the bundle needs \(size.asBytes) (\(size) bytes), and the file system of \(path) has "
          + "\(freeBytes.asBytes) free: \(missing.asBytes) are missing",
        nextStep: "free some space, choose another file system with -o, or pack less")
    }
  }
}
