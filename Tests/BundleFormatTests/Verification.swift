import BundleFormat
import SystemIO
import Signing

/// Reads every byte of a bundle and proves it, as `verify` does.
enum Verification {
  /// - Parameters:
  ///   - file: A file, or a pipe at its beginning.
  ///   - pipe: Whether to read it once, from front to back.
  static func run(_ file: File, _ policy: TrustPolicy, pipe: Bool) throws -> BundleFront {
    let input = BundleInput(file)
    let front = try BundleFront.read(input)
    let verified = try front.verify(policy)
    let head = try input.readHead(verified) { _, _ in }
    if pipe {
      let stream = BundleStream(input, head)
      while try stream.piece(limit: 1 << 20) != nil {}
    } else {
      let bundle = try BundleFile(file, head)
      try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
        for index in verified.index.blobs.indices { try bundle.prove(index, through: buffer) { _ in } }
      }
    }
    return front
  }
}
