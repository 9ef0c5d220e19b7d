internal import Diagnostics
internal import Digests
internal import Tar
internal import Zstd

/// Reads a compressed section frame by frame and hands out its tar stream.
///
/// Memory: one frame, stored and decoded, at most 8.1 MiB.
/// Threads: one at a time.
final class CompressedReader: TarStream {
  private let input: BundleInput
  private let decompressor = ZstdDecompressor()
  /// The content that is still to come; unknown until the first header has told the index's size.
  private var remaining: Int?
  private var content: [UInt8] = []
  private var consumed = 0

  /// The frames read so far.
  private(set) var frames: [StoredFrame] = []

  /// - Parameter contentBytes: The size of the section, or `nil` for the first, whose first entry tells it.
  init(_ input: BundleInput, contentBytes: Int?) {
    self.input = input
    remaining = contentBytes
  }

  private var frameOffset = 0

  var medium: any BundleMedium { input.medium }
  var fileOffset: Int { consumed < content.count ? frameOffset : input.position }

  /// Reads the very first entry, whose size only itself tells.
  ///
  /// - Parameter maximum: The greatest size that is read.
  func firstEntry(_ name: String, maximum: Int) throws(SealiftError) -> [UInt8] {
    guard let size = TarHeader.size(in: try bytes(TarHeader.blockBytes, of: name), name: name) else {
      throw SealiftError(
        .corrupt, "\(medium.path) does not begin with \(name), so it is not a Sealift bundle, or is damaged",
        nextStep: "check that it is the right file, or copy the bundle again")
    }
    guard size <= maximum else { throw damaged(name, "it says that it has \(size) bytes, more than \(maximum)") }
    let total = BundleLayout.entryBytes(size)
    guard frames[0].contentBytes == min(total, ZstdFrame.maximumContent) else {
      throw damaged(name, "its first frame has the wrong size")
    }
    remaining = total - frames[0].contentBytes
    let content = try bytes(size, of: name)
    guard try bytes(TarHeader.padding(size), of: name).allSatisfy({ $0 == 0 }) else {
      throw damaged(name, "there are bytes in its padding")
    }
    return content
  }

  func fill(_ out: UnsafeMutableRawBufferPointer, of name: String) throws(SealiftError) {
    var done = 0
    while done < out.count {
      if consumed == content.count { try loadFrame(of: name) }
      let count = min(content.count - consumed, out.count - done)
      content[consumed..<consumed + count].withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: out[done...]).copyMemory(from: $0)
      }
      consumed += count
      done += count
    }
  }

  private func loadFrame(of name: String) throws(SealiftError) {
    frameOffset = input.position
    let (header, stored) = try storedFrame(of: name)
    if let remaining {
      guard header.contentBytes == min(remaining, ZstdFrame.maximumContent) else {
        throw damaged(name, "a frame holds \(header.contentBytes) bytes, which is not what the index asks for")
      }
      self.remaining = remaining - header.contentBytes
    }
    var problem: String?
    content = [UInt8](unsafeUninitializedCapacity: header.contentBytes) { out, filled in
      let out = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<header.contentBytes])
      problem = stored.withUnsafeBytes { decompressor.decompress($0, into: out) }
      filled = problem == nil ? header.contentBytes : 0
    }
    if let problem { throw damaged(name, "its frame cannot be decompressed: \(problem)") }
    consumed = 0
    let digest = SHA256Hasher.digest(of: stored)
    frames.append(StoredFrame(storedBytes: stored.count, contentBytes: header.contentBytes, digest: digest))
  }

  /// Checks that the frames read so far are known ones, bit by bit.
  ///
  /// - Parameter offset: Where the first begins in the file.
  func check(_ known: some Collection<StoredFrame>, of name: String, at offset: Int) throws(SealiftError) {
    guard frames.elementsEqual(known) else {
      throw .damaged(medium, entry: name, offset: offset, "its frames are not the ones that were written")
    }
  }

  private func damaged(_ name: String, _ problem: String) -> SealiftError {
    .damaged(medium, entry: name, offset: frameOffset, problem)
  }

  private func storedFrame(of name: String) throws(SealiftError) -> (ZstdFrame, [UInt8]) {
    var stored = try input.bytes(5, of: name)
    stored += try input.bytes(ZstdFrame.headerBytes(descriptor: stored[4]) - 5, of: name)
    let header: ZstdFrame
    do throws(ZstdFrame.Refusal) { header = try ZstdFrame(stored) } catch {
      throw damaged(name, "the frame \(error.reason)")
    }
    guard header.contentBytes > 0 else { throw damaged(name, "the frame is empty") }
    guard header.hasChecksum else { throw damaged(name, "the frame has no checksum") }
    let limit = ZstdCompressor.bound(header.contentBytes)
    var isLast = false
    while !isLast {
      let blockHeader = try input.bytes(ZstdFrame.blockHeaderBytes, of: name)
      guard let block = ZstdFrame.Block(blockHeader[0], blockHeader[1], blockHeader[2]),
        stored.count + blockHeader.count + block.storedBytes <= limit
      else { throw damaged(name, "the frame has a block that is not allowed") }
      stored += blockHeader
      stored += try input.bytes(block.storedBytes, of: name)
      isLast = block.isLast
    }
    stored += try input.bytes(ZstdFrame.checksumBytes, of: name)
    return (header, stored)
  }
}
