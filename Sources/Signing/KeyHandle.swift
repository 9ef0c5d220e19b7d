internal import COpenSSL

/// Owns one OpenSSL key.
final class KeyHandle: @unchecked Sendable {
  // Safe: a key is not changed after it was read, and OpenSSL locks what it caches inside it.
  let pointer: OpaquePointer

  /// Takes over a key.
  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { EVP_PKEY_free(pointer) }

  /// The name of an EC key's curve.
  var groupName: String? {
    var name = [CChar](repeating: 0, count: 80)
    var length = 0
    guard EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1 else {
      ERR_clear_error()
      return nil
    }
    return String(decoding: name.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Whether the public half can be what it claims: an RSA modulus that is no prime, an exponent that does something.
  var isSound: Bool {
    guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return false }
    defer { EVP_PKEY_CTX_free(context) }
    return EVP_PKEY_public_check(context) == 1
  }

  /// The DER SubjectPublicKeyInfo of the public half.
  var subjectPublicKeyInfo: [UInt8]? {
    var encoded: UnsafeMutablePointer<UInt8>?
    let length = i2d_PUBKEY(pointer, &encoded)
    guard length > 0, let encoded else {
      ERR_clear_error()
      return nil
    }
    defer { CRYPTO_free(encoded, nil, 0) }
    return Array(UnsafeBufferPointer(start: encoded, count: Int(length)))
  }
}

/// Calls `body` with a pointer to `bytes` that is never nil, as OpenSSL wants it even for no bytes.
func withPointer<Result>(
  to bytes: UnsafeRawBufferPointer, _ body: (UnsafePointer<UInt8>) -> Result
) -> Result {
  if let start = bytes.baseAddress { return body(start.assumingMemoryBound(to: UInt8.self)) }
  return withUnsafePointer(to: 0) { body($0) }
}

/// Empties this thread's queue of OpenSSL errors.
///
/// - Returns: The reason of the last one.
func takeOpenSSLReason() -> String {
  defer { ERR_clear_error() }
  return ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "no detail from OpenSSL"
}
