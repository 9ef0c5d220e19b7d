internal import CZlib

/// The content of a compressed OpenPGP packet.
///
/// Source: RFC 4880, section 5.6.
struct OpenPGPCompression {
  /// What it unpacks to.
  let content: [UInt8]
  /// How many bytes of the body it takes up; what follows belongs to nothing.
  let bodyBytes: Int

  /// The number of bits of the window, negative for data without zlib's own header, by the first byte of the body.
  private static let windowBits: [UInt8: CInt] = [1: -15, 2: 15]

  /// Unpacks a body.
  ///
  /// - Parameter limit: The greatest size of the content.
  /// - Returns: `nil` if it is damaged, larger, or compressed in another way than ZIP and ZLIB.
  init?(body: [UInt8], limit: Int) {
    guard let bits = body.first.flatMap({ Self.windowBits[$0] }) else { return nil }
    var stream = z_stream()
    guard inflateInit2_(&stream, bits, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = Array(body.dropFirst())
    var status = Z_OK
    content = [UInt8](unsafeUninitializedCapacity: limit) { out, filled in
      input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = uInt(input.count)
        stream.next_out = out.baseAddress
        stream.avail_out = uInt(limit)
        status = inflate(&stream, Z_FINISH)
        filled = limit - Int(stream.avail_out)
      }
    }
    guard status == Z_STREAM_END else { return nil }
    bodyBytes = 1 + input.count - Int(stream.avail_in)
  }
}
