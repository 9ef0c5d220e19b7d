@testable import BundleFormat
import Diagnostics
import Digests
import OCI
import SystemIO
import TestSupport
import Testing
import Zstd

/// Blobs that go on where an earlier run stopped: what that run wrote counts if it is what it says.
struct UnfinishedBundleTests {
  private let directory: TemporaryDirectory
  private let file: File
  private let bundle: TinyBundle
  private let writer: BundleWriter
  private static let compressors = BlockingPool(threads: 1)

  /// A bundle with a raw blob and a compressed one of more than a frame, of which the head is written.
  init() throws {
    directory = try TemporaryDirectory()
    file = try File(directory("a"), .replace)
    bundle = try TinyBundle(
      layers: [.gzip(SampleBundle.bytes(700_000)), .tar(SampleBundle.bytes(ZstdFrame.maximumContent + 5000))],
      keys: [TinyBundle.exampleKey])
    let (keys, contents) = (bundle.keys, bundle.contents)
    writer = try BundleWriter.writeHead(
      bundle.index, policy: bundle.policy, to: file, pool: Self.compressors,
      sign: { try TinyBundle.signatures($0, keys) }, content: { contents[$0] ?? [] })
  }

  private func content(_ place: Int) -> [UInt8] { bundle.contents[bundle.index.blobs[place].descriptor.digest] ?? [] }

  private func flip(_ offset: Int) throws {
    let byte = try file.bytes(at: offset, count: 1)
    try file.write([byte[0] ^ 1], at: offset)
  }

  /// Writes the first bytes of the raw blob.
  ///
  /// - Returns: Their digest.
  private func writeRaw(_ count: Int) throws -> Digest {
    let raw = writer.rawBlob(0)
    try content(0)[..<count].withUnsafeBytes { try raw.append($0) }
    #expect(raw.written == count)
    return raw.digestSoFar
  }

  /// Writes the compressed blob.
  private func writeTail() throws -> [StoredFrame] {
    let blob = try TailBlobWriter(
      bundle.index.blobs[1].descriptor, at: writer.head.tailOffset, to: file, pool: Self.compressors
    ) { _, _ in }
    try content(1).withUnsafeBytes { try blob.append($0) }
    return try blob.finish()
  }

  /// Goes on with the compressed blob behind its first frame.
  private func goOn(after frames: [StoredFrame]) throws -> TailBlobWriter {
    let blob = bundle.index.blobs[1].descriptor
    #expect(TailBlobWriter.resumable(frames, of: blob) == Array(frames.prefix(1)))
    return try TailBlobWriter(
      blob, at: writer.head.tailOffset, after: Array(frames.prefix(1)), in: file, pool: Self.compressors
    ) { _, _ in }
  }

  @Test func theHeadIsProvenByItsBytes() throws {
    let unfinished = UnfinishedBundle(writer.head, in: file)
    let digest = SHA256Hasher.digest(of: try file.bytes(at: 0, count: writer.head.bodyOffset))
    #expect(try unfinished.headDigest() == digest)
    try unfinished.prove(head: digest, raw: [])
    #expect(throws: SealiftError.self) { try unfinished.prove(head: SHA256Hasher.digest(of: []), raw: []) }
  }

  @Test func piecesOfAnySizeAreWrittenInTheirOrder() throws {
    let content = content(0)
    for cuts in [[], [10], [10, 600_000], [300_000, 300_010], [1, 2, 3, 262_147]] {
      let raw = writer.rawBlob(0)
      for (start, end) in zip([0] + cuts, cuts + [content.count]) {
        try content[start..<end].withUnsafeBytes { try raw.append($0) }
      }
      try raw.finish()
    }
  }

  @Test func bothKindsOfBlobsGoOn() throws {
    // A whole number of writes, so that nothing is held back.
    let count = 512 << 10
    let digest = try writeRaw(count)
    let raw = writer.rawBlob(0, from: count)
    try raw.rehash(file, expecting: digest)
    #expect(raw.digestSoFar == digest)
    try content(0)[count...].withUnsafeBytes { try raw.append($0) }
    try raw.finish()
    let frames = try writeTail()
    let tail = try goOn(after: frames)
    try content(1)[tail.received...].withUnsafeBytes { try tail.append($0) }
    #expect(try tail.finish() == frames)
    _ = try writer.writeEnd(tail: frames)
    _ = try Verification.run(File(directory("a"), .read), bundle.policy, pipe: false)
  }

  @Test("A byte of the header, or of the content", arguments: [0, 100, 511, 512, 300_000])
  func aRawBlobWithAnotherByteDoesNotGoOn(position: Int) throws {
    let count = 512 << 10
    let digest = try writeRaw(count)
    try flip(writer.head.bodyOffset + writer.head.verified.layout.body.storedOffset(of: position))
    let error = #expect(throws: SealiftError.self) {
      try writer.rawBlob(0, from: count).rehash(file, expecting: digest)
    }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains("its first \(count) bytes are not the ones that were written") == true)
  }

  @Test func aRawBlobOfAnotherDigestDoesNotGoOn() throws {
    _ = try writeRaw(512 << 10)
    let other = SHA256Hasher.digest(of: [1])
    #expect(throws: SealiftError.self) { try writer.rawBlob(0, from: 512 << 10).rehash(file, expecting: other) }
  }

  @Test func aCompressedBlobWithOtherFramesDoesNotGoOn() throws {
    var frames = try writeTail()
    let first = frames[0]
    frames[0] = StoredFrame(
      storedBytes: first.storedBytes, contentBytes: first.contentBytes, digest: SHA256Hasher.digest(of: [1]))
    let error = #expect(throws: SealiftError.self) { _ = try goOn(after: frames) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains("its frames are not the ones that were written") == true)
  }

  @Test func aCompressedBlobWithAnotherBitDoesNotGoOn() throws {
    let frames = try writeTail()
    try flip(writer.head.tailOffset + frames[0].storedBytes / 2)
    #expect(throws: SealiftError.self) { _ = try goOn(after: frames) }
  }
}
