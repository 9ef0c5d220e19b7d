internal import CZstd

/// Compresses pieces of content into zstd frames of their own, one after the other.
///
/// The same content gives the same bytes, whatever the number of threads, with one version of libzstd.
/// Threads: one at a time.
public final class ZstdCompressor: @unchecked Sendable {
  // Not shared: each compressor belongs to the one section that is being written.
  private let context: OpaquePointer

  /// The compression level: higher ones cost seconds and save little on tar and JSON.
  public static let level: CInt = 3

  /// The version of libzstd, on which the compressed bytes depend.
  public static var libraryVersion: String { String(cString: ZSTD_versionString()) }

  /// Makes a compressor; its memory is a few MiB.
  public init() {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("out of memory") }
    self.context = context
    set(ZSTD_c_compressionLevel, Self.level)
    set(ZSTD_c_checksumFlag, 1)
  }

  deinit { ZSTD_freeCCtx(context) }

  /// The greatest size in bytes of the frame for `count` bytes of content.
  public static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses one frame, with its content size in the header and a checksum at the end.
  ///
  /// - Parameter content: At most `ZstdFrame.maximumContent` bytes.
  public func frame(_ content: UnsafeRawBufferPointer) -> [UInt8] {
    precondition(content.count <= ZstdFrame.maximumContent, "a frame holds at most 4 MiB")
    return [UInt8](unsafeUninitializedCapacity: Self.bound(content.count)) { out, count in
      count = ZSTD_compress2(context, out.baseAddress, out.count, content.baseAddress, content.count)
      precondition(ZSTD_isError(count) == 0, "zstd cannot compress into its own bound")
    }
  }

  /// The checksum that a frame with this content ends with: the low 32 bits of XXH64, little-endian.
  ///
  /// libzstd does not export the hash, but writes it at the end of every frame.
  public func checksum(_ content: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](frame(content).suffix(ZstdFrame.checksumBytes))
  }

  private func set(_ parameter: ZSTD_cParameter, _ value: CInt) {
    precondition(ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0, "libzstd is too old")
  }
}
