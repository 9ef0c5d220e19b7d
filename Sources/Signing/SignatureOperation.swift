internal import COpenSSL

/// Owns OpenSSL's state for one signature that is made or checked.
struct SignatureOperation: ~Copyable {
  let pointer: OpaquePointer

  init() {
    guard let pointer = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.pointer = pointer
  }

  deinit { EVP_MD_CTX_free(pointer) }

  /// Sets the key, and the algorithm that its kind fixes.
  func beginVerifying(_ kind: KeyKind, _ key: KeyHandle) -> Bool {
    var parameters: OpaquePointer?
    return EVP_DigestVerifyInit_ex(pointer, &parameters, kind.digestName, nil, nil, key.pointer, nil) == 1
      && setPadding(kind, parameters)
  }

  /// Sets the key, and the algorithm that its kind fixes.
  func beginSigning(_ kind: KeyKind, _ key: KeyHandle) -> Bool {
    var parameters: OpaquePointer?
    return EVP_DigestSignInit_ex(pointer, &parameters, kind.digestName, nil, nil, key.pointer, nil) == 1
      && setPadding(kind, parameters)
  }

  private func setPadding(_ kind: KeyKind, _ parameters: OpaquePointer?) -> Bool {
    kind != .rsa || EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1
  }
}
