internal import COpenSSL

/// The one form in which each P-256 key and signature is accepted.
enum P256 {
  /// What stands before the 64 bytes of the point: id-ecPublicKey, prime256v1, a bit string, "uncompressed".
  ///
  /// Source: RFC 5480, sections 2 and 2.1.1.1.
  private static let header: [UInt8] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE,
    0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
  ]

  /// Whether a SubjectPublicKeyInfo names the curve and holds the point in full, so that one key has one id.
  static func isPlain(_ info: [UInt8]) -> Bool {
    info.count == header.count + 64 && info.starts(with: header)
  }

  /// Whether the DER of `signature` is what an encoder would write for its two numbers.
  static func isCanonical(signature: [UInt8]) -> Bool {
    signature.withUnsafeBufferPointer { bytes in
      defer { ERR_clear_error() }
      var next = bytes.baseAddress
      guard let numbers = d2i_ECDSA_SIG(nil, &next, bytes.count) else { return false }
      defer { ECDSA_SIG_free(numbers) }
      var encoded: UnsafeMutablePointer<UInt8>?
      let length = i2d_ECDSA_SIG(numbers, &encoded)
      guard length > 0, let encoded else { return false }
      defer { CRYPTO_free(encoded, nil, 0) }
      return bytes.elementsEqual(UnsafeBufferPointer(start: encoded, count: Int(length)))
    }
  }
}
