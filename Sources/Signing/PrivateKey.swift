internal import COpenSSL
public import Diagnostics
internal import SystemIO

/// A key that signs. The same object may be used from many threads at once.
public final class PrivateKey: Sendable {
  /// The half that others check with.
  public let publicKey: PublicKey

  private let handle: KeyHandle

  /// The name of the key; both halves have the same.
  public var id: KeyID { publicKey.id }
  /// What it is, and so which algorithm signs.
  public var kind: KeyKind { publicKey.kind }

  /// Reads a PEM file that holds one private key, in PKCS#8 or in the traditional form.
  ///
  /// - Parameter passphrase: Called only if the key is encrypted, and then once.
  /// - Throws: `configuration` for anything else, and for a wrong passphrase; what `passphrase` throws.
  public convenience init(
    file path: String, passphrase: (() throws(SealiftError) -> [UInt8])? = nil
  ) throws(SealiftError) {
    var pem = try FileSystem.read(path, limit: PEM.maxBytes)
    defer { pem.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    try self.init(pem: pem, name: path, passphrase: passphrase)
  }

  /// Reads PEM text that holds one private key.
  ///
  /// - Parameters:
  ///   - name: Where it comes from, for messages.
  ///   - passphrase: Called only if the key is encrypted, and then once.
  /// - Throws: `configuration` for anything else, and for a wrong passphrase; what `passphrase` throws.
  public convenience init(
    pem: [UInt8], name: String, passphrase: (() throws(SealiftError) -> [UInt8])? = nil
  ) throws(SealiftError) {
    try Self.checkLabels(of: pem, name: name)
    let secret = Passphrase(of: name, passphrase)
    guard let key = PEM.read(pem, secret.readKey) else { throw Self.unreadable(name, secret) }
    try self.init(handle: KeyHandle(owning: key), name: name)
  }

  private init(handle: KeyHandle, name: String) throws(SealiftError) {
    self.handle = handle
    publicKey = try PublicKey(handle: handle, name: name)
  }

  /// Makes a new ECDSA P-256 key.
  public static func generate() throws(SealiftError) -> PrivateKey {
    guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { preconditionFailure("out of memory") }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
      EVP_PKEY_generate(context, &key) == 1, let key
    else {
      throw SealiftError(
        .internal, "OpenSSL cannot make a P-256 key: \(takeOpenSSLReason())",
        nextStep: "look at this machine's OpenSSL configuration")
    }
    return try PrivateKey(handle: KeyHandle(owning: key), name: "the new key")
  }

  /// The signature of exactly the bytes of `message`: DER for ECDSA, else as long as the kind says.
  ///
  /// It is checked with the public half before it is given out.
  public func sign(_ message: UnsafeRawBufferPointer) throws(SealiftError) -> [UInt8] {
    let operation = SignatureOperation()
    var signature: [UInt8] = []
    let isMade = withPointer(to: message) { start in
      var length = 0
      guard operation.beginSigning(kind, handle),
        EVP_DigestSign(operation.pointer, nil, &length, start, message.count) == 1
      else { return false }
      signature = [UInt8](repeating: 0, count: length)
      guard EVP_DigestSign(operation.pointer, &signature, &length, start, message.count) == 1 else { return false }
      signature.removeSubrange(length...)
      return true
    }
    guard isMade else {
      throw SealiftError(
        .internal, "OpenSSL cannot sign with the key \(id): \(takeOpenSSLReason())",
        nextStep: "check the key with `openssl pkey -check`")
    }
    guard publicKey.verify(signature: signature, message: message) else {
      throw SealiftError(
        .configuration, "the two halves of the key \(id) do not belong together",
        nextStep: "check the key with `openssl pkey -check`")
    }
    return signature
  }

  /// The key in PKCS#8 PEM; with a passphrase, encrypted by AES-256-CBC under a key that PBKDF2 derives.
  ///
  /// - Throws: `configuration` for an empty or overlong passphrase.
  func pem(passphrase: [UInt8]?) throws(SealiftError) -> [UInt8] {
    let passphrase = try passphrase.map { (bytes) throws(SealiftError) in try Passphrase.check(bytes) }
    let pem = PEM.write { stream in
      guard let passphrase else {
        return PEM_write_bio_PKCS8PrivateKey(stream, handle.pointer, nil, nil, 0, nil, nil) == 1
      }
      guard let info = EVP_PKEY2PKCS8(handle.pointer) else { return false }
      defer { PKCS8_PRIV_KEY_INFO_free(info) }
      let encrypted = passphrase.withUnsafeBytes {
        PKCS8_encrypt(
          -1, EVP_aes_256_cbc(), $0.baseAddress?.assumingMemoryBound(to: CChar.self), CInt($0.count), nil,
          Self.saltBytes, Self.iterations, info)
      }
      guard let encrypted else { return false }
      defer { X509_SIG_free(encrypted) }
      return PEM_write_bio_PKCS8(stream, encrypted) == 1
    }
    guard let pem else {
      throw SealiftError(
        .internal, "OpenSSL cannot write the private key: \(takeOpenSSLReason())", nextStep: "report this defect")
    }
    return pem
  }

  // OWASP's figure for PBKDF2 with HMAC-SHA-256: a guess then costs a tenth of a second.
  private static let iterations: CInt = 600_000
  // NIST SP 800-132, section 5.1.
  private static let saltBytes: CInt = 16

  private static let labels: Set = ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]

  private static func checkLabels(of pem: [UInt8], name: String) throws(SealiftError) {
    // `openssl ecparam -genkey` writes the curve before the key.
    let found = PEM.labels(in: pem).filter { $0 != "EC PARAMETERS" }
    if found.isEmpty || !labels.isSuperset(of: found) {
      throw PEM.refusal(of: found.first { !labels.contains($0) }, name: name, startsWith: pem.first)
    }
    guard found.count == 1 else {
      throw SealiftError(
        .configuration, "\(name) holds \(found.count) private keys", nextStep: "put each key in a file of its own")
    }
  }

  private static func unreadable(_ name: String, _ secret: Passphrase) -> SealiftError {
    let reason = takeOpenSSLReason()
    if let failure = secret.failure { return failure }
    if secret.wasWanted {
      return SealiftError(
        .configuration, "the passphrase does not open \(name)", nextStep: "give the passphrase that it was made with")
    }
    return SealiftError(
      .configuration, "\(name) is not a valid private key: \(reason)",
      nextStep: "check the key with `openssl pkey -in \(name) -check`")
  }
}
