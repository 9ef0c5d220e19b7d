public import Diagnostics
public import Digests
internal import OCI
internal import Zstd

extension BundleInput {
  /// Reads the rest of the head, behind the signatures, and proves all of it.
  ///
  /// - Parameters:
  ///   - verified: The index; the input stands just behind its signatures.
  ///   - content: Takes each cluster manifest, release signature and key, then each image manifest and config, proven.
  /// - Throws: `corrupt`, or what `content` throws.
  public func readHead(
    _ verified: VerifiedIndex, content: (Digest, [UInt8]) throws -> Void
  ) throws -> ProvenHead {
    let stream = CompressedReader(self, contentBytes: verified.layout.headContent)
    let fixed = BundleIndex.HeadFile.fixedPaths.count
    for (number, file) in verified.index.files.enumerated() {
      let reader = try EntryReader(stream, name: file.path, digest: file.digest, size: file.size)
      if number < fixed {
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { try reader.drain(through: $0) }
      } else {
        try content(file.digest, reader.content())
      }
    }
    for descriptor in verified.index.metadata {
      try content(descriptor.digest, EntryReader(stream, descriptor).content())
    }
    return ProvenHead(verified: verified, frames: stream.frames, bodyOffset: position)
  }
}

/// A head that was read to its end and proven.
public struct ProvenHead: Sendable {
  /// The index.
  public let verified: VerifiedIndex
  /// The compressed frames of the head behind the signatures.
  let frames: [StoredFrame]
  /// Where the body begins in the file.
  public let bodyOffset: Int

  /// Whether the files of the head say what follows from the index.
  ///
  /// Their digests are signed; this tells whether who signed them made them as the format asks.
  public func checkFiles(_ bundle: String) throws(SealiftError) {
    for (made, listed) in zip(verified.index.headFiles().map(\.file), verified.index.files) where made != listed {
      throw .index("\(listed.path) does not follow from it")
    }
  }

  /// Where the tail begins in the file.
  public var tailOffset: Int { bodyOffset + verified.layout.body.storedBytes }

  /// All compressed frames before the tail, in file order.
  var compressedFrames: [StoredFrame] { verified.frames + frames }
}
