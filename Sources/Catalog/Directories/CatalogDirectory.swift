internal import Diagnostics
internal import Glibc
internal import SystemIO

/// A directory on this machine that holds a catalog in any of its formats.
public enum CatalogDirectory {
  // Deeper than any real catalog; links cannot make circles, because they are not followed.
  private static let maxDepth = 32
  private static let chunkBytes = 1 << 18

  /// Reads all files below a directory as those of a file-based catalog.
  ///
  /// - Throws: `storage`; `corrupt` for a link or a device, and for what is no catalog.
  static func readFiles(
    _ path: String, keeping: CatalogReader.Keeping, isThorough: Bool
  ) throws(SealiftError) -> Catalog {
    let reader = CatalogReader(keeping: keeping, isThorough: isThorough)
    try read(path, "", depth: 0, reader)
    return try reader.catalog()
  }

  private static func read(
    _ root: String, _ prefix: String, depth: Int, _ reader: CatalogReader
  ) throws(SealiftError) {
    guard depth < maxDepth else {
      throw SealiftError(
        .corrupt, "\(root)/\(prefix) is nested more than \(maxDepth) directories deep",
        nextStep: "check that it is the catalog you meant")
    }
    for name in try FileSystem.list(prefix.isEmpty ? root : "\(root)/\(prefix)") {
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      if isDirectory("\(root)/\(path)") {
        try read(root, path, depth: depth + 1, reader)
      } else {
        try take(File(regular: "\(root)/\(path)"), path, reader)
      }
    }
  }

  private static func take(_ file: File, _ path: String, _ reader: CatalogReader) throws(SealiftError) {
    reader.file(path)
    var buffer = [UInt8](repeating: 0, count: chunkBytes)
    while true {
      var failure: SealiftError?
      let count = buffer.withUnsafeMutableBytes { bytes in
        do throws(SealiftError) { return try file.read(into: bytes) } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      if count == 0 { break }
      reader.take(buffer.span.extracting(0..<count).bytes)
    }
    reader.end()
  }

  /// Not `FileSystem.isDirectory`, which follows links.
  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
