internal import Diagnostics
internal import Digests

/// The decoded tar stream of one section, from front to back. Its calls block.
protocol TarStream: AnyObject {
  /// Where the bundle is read from.
  var medium: any BundleMedium { get }
  /// Where in the file the next byte is stored, or the compressed frame that holds it; for messages.
  var fileOffset: Int { get }

  /// Fills `out` with the next bytes of the stream.
  ///
  /// - Parameter name: The entry that they belong to, for messages.
  /// - Throws: `corrupt`.
  func fill(_ out: UnsafeMutableRawBufferPointer, of name: String) throws(SealiftError)
}

extension TarStream {
  /// Hashes the next `count` bytes of the stream.
  func hash(_ count: Int, of name: String, into hasher: SHA256Hasher) throws {
    try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
      var rest = count
      while rest > 0 {
        let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(rest, buffer.count)])
        try fill(piece, of: name)
        hasher.update(UnsafeRawBufferPointer(piece))
        rest -= piece.count
      }
    }
  }

  /// The next `count` bytes of the stream.
  func bytes(_ count: Int, of name: String) throws(SealiftError) -> [UInt8] {
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      do throws(SealiftError) {
        try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<count]), of: name)
        filled = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

extension SealiftError {
  /// A bundle whose bytes are not what they must be.
  static func damaged(_ bundle: any BundleMedium, entry: String, offset: Int, _ problem: String) -> SealiftError {
    SealiftError(
      .corrupt, "\(bundle.path) is damaged in \(entry), at \(bundle.place(of: offset)): \(problem)",
      nextStep: "copy the bundle again from where it was verified last")
  }
}
