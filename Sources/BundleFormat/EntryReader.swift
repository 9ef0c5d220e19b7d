internal import Diagnostics
internal import Digests
internal import OCI
internal import Tar

/// Reads one entry of the tar stream and proves it: the header is the expected one, the digest of the content is right
/// before the last bytes are handed out, the padding is empty.
final class EntryReader: BlobReader {
  private let stream: any TarStream
  private let name: String
  private let digest: Digest
  private let hasher = SHA256Hasher()
  private let size: Int
  private let contentOffset: Int
  private var remaining: Int
  private var isProven = false

  /// Reads the header.
  ///
  /// - Parameter stream: At the beginning of the entry.
  init(_ stream: any TarStream, name: String, digest: Digest, size: Int) throws(SealiftError) {
    self.stream = stream
    self.name = name
    self.digest = digest
    self.size = size
    remaining = size
    let offset = stream.fileOffset
    let header = try stream.bytes(TarHeader.blockBytes, of: name)
    contentOffset = stream.fileOffset
    guard header == TarHeader.bytes(name: name, size: size) else {
      throw .damaged(
        stream.medium, entry: name, offset: offset, "its tar header is not the one that the index asks for")
    }
  }

  convenience init(_ stream: any TarStream, _ descriptor: Descriptor) throws(SealiftError) {
    let name = BundleLayout.blobName(descriptor.digest)
    try self.init(stream, name: name, digest: descriptor.digest, size: descriptor.size)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(buffer.count, remaining)
    let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    try stream.fill(piece, of: name)
    hasher.update(UnsafeRawBufferPointer(piece))
    remaining -= count
    if remaining == 0, !isProven { try prove() }
    return count
  }

  /// Reads all of the content.
  func content() throws -> [UInt8] {
    var failure: (any Error)?
    let content = [UInt8](unsafeUninitializedCapacity: size) { out, filled in
      do {
        filled = try read(into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<size]))
      } catch { failure = error }
    }
    if let failure { throw failure }
    return content
  }

  /// Reads all of the content and drops it.
  ///
  /// - Parameter progress: Takes the number of bytes of each step.
  func drain(through buffer: UnsafeMutableRawBufferPointer, progress: (Int) throws -> Void = { _ in }) throws {
    repeat { try progress(read(into: buffer)) } while remaining > 0
  }

  private func prove() throws(SealiftError) {
    let found = hasher.finalize()
    guard found == digest else {
      throw .damaged(
        stream.medium, entry: name, offset: contentOffset,
        "the \(size) bytes from there on have the digest \(found), not \(digest)")
    }
    let paddingOffset = stream.fileOffset
    guard try stream.bytes(TarHeader.padding(size), of: name).allSatisfy({ $0 == 0 }) else {
      throw .damaged(stream.medium, entry: name, offset: paddingOffset, "there are bytes in its padding")
    }
    isProven = true
  }
}
