internal import Diagnostics
public import Digests
internal import OCI
internal import Zstd

extension BundleInput {
  /// Reads the rest of the head, behind the signatures, and proves all of it: every command does so by this.
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
    var prover = HeadProver(verified.index)
    for (number, file) in verified.index.files.enumerated() {
      let reader = try EntryReader(stream, name: file.path, digest: file.digest, size: file.size)
      if number < fixed {
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { try reader.drain(through: $0) }
      } else {
        let bytes = try reader.content()
        try prover.take(file, bytes)
        try content(file.digest, bytes)
      }
    }
    for (number, descriptor) in verified.index.metadata.enumerated() {
      let bytes = try EntryReader(stream, descriptor).content()
      try prover.take(metadata: number, bytes)
      try content(descriptor.digest, bytes)
    }
    return try prover.finish(verified, frames: stream.frames, bodyOffset: position)
  }
}
