internal import CZstd

/// Decompresses whole frames, each into a buffer of the size that its header declares.
///
/// Threads: one at a time.
public final class ZstdDecompressor: @unchecked Sendable {
  // Not shared: each decompressor belongs to the one reader that feeds it.
  private let context: OpaquePointer

  /// Makes a decompressor.
  public init() {
    guard let context = ZSTD_createDCtx() else { preconditionFailure("out of memory") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Decompresses one frame.
  ///
  /// - Parameters:
  ///   - frame: Exactly one frame.
  ///   - content: Filled completely; its size is the one that the header declares.
  /// - Returns: What is wrong with the frame, or `nil`.
  public func decompress(_ frame: UnsafeRawBufferPointer, into content: UnsafeMutableRawBufferPointer) -> String? {
    let count = ZSTD_decompressDCtx(context, content.baseAddress, content.count, frame.baseAddress, frame.count)
    if ZSTD_isError(count) != 0 { return String(cString: ZSTD_getErrorName(count)) }
    return count == content.count ? nil : "it holds \(count) bytes and not \(content.count)"
  }
}
