internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import ELF
internal import SystemIO

/// A program or a library as it lies on this machine.
struct ProgramFile: Sendable {
  /// Where it lies.
  let path: String
  /// The digest of its content.
  let digest: Digest
  /// Its size in bytes.
  let size: Int
  /// What it needs.
  let elf: ELFFile

  /// Reads one.
  ///
  /// - Throws: `configuration` if it is no program or library.
  init(_ path: String) throws(SealiftError) {
    let bytes = try FileSystem.read(path, limit: BundleIndex.Tool.maximumBytes)
    self.path = path
    digest = SHA256Hasher.digest(of: bytes)
    size = bytes.count
    elf = try ELFFile(bytes, source: path)
  }
}
