internal import COpenSSL
public import Diagnostics
internal import SystemIO

/// A key that checks signatures. The same object may be used from many threads at once.
public final class PublicKey: Sendable {
  /// The name of the key.
  public let id: KeyID
  /// What it is, and so which algorithm checks.
  public let kind: KeyKind
  /// The DER SubjectPublicKeyInfo.
  let subjectPublicKeyInfo: [UInt8]

  private let handle: KeyHandle

  /// Reads a PEM file that holds one `PUBLIC KEY`.
  ///
  /// - Throws: `configuration` for anything else, certificates and private keys by name; what reading files throws.
  public convenience init(file path: String) throws(SealiftError) {
    try self.init(pem: try FileSystem.readText(path, limit: PEM.maxBytes), name: path)
  }

  /// Reads PEM text that holds one `PUBLIC KEY`.
  ///
  /// - Parameter name: Where it comes from, for messages.
  /// - Throws: `configuration` for anything else.
  public convenience init(pem: [UInt8], name: String) throws(SealiftError) {
    let labels = PEM.labels(in: pem)
    if let other = labels.first(where: { $0 != "PUBLIC KEY" }) {
      throw PEM.refusal(of: other, name: name, startsWith: pem.first)
    }
    guard labels.count <= 1 else {
      throw SealiftError(
        .configuration, "\(name) holds \(labels.count) public keys",
        nextStep: "put each key in a file of its own, and name each with --trust")
    }
    guard !labels.isEmpty else { throw PEM.refusal(of: nil, name: name, startsWith: pem.first) }
    guard let key = PEM.read(pem, { PEM_read_bio_PUBKEY($0, nil, nil, nil) }) else {
      throw SealiftError(
        .configuration, "\(name) is not a valid public key: \(takeOpenSSLReason())",
        nextStep: "compare it with the file at its sender")
    }
    try self.init(handle: KeyHandle(owning: key), name: name)
  }

  /// The public half of `handle`.
  ///
  /// - Parameter name: Where it comes from, for messages.
  init(handle: KeyHandle, name: String) throws(SealiftError) {
    kind = try KeyKind.of(handle, name: name)
    guard let info = handle.subjectPublicKeyInfo else {
      throw SealiftError(
        .configuration, "\(name) has no public half", nextStep: "make a key with `sealift keygen --out NAME`")
    }
    if kind == .ecdsaP256, !P256.isPlain(info) {
      throw SealiftError(
        .configuration, "\(name) is a P-256 key in a compressed or explicit form",
        nextStep: "convert it with `openssl ec -conv_form uncompressed -param_enc named_curve`")
    }
    if kind == .rsa, !handle.isSound {
      throw SealiftError(
        .configuration, "\(name) is not a sound RSA key: \(takeOpenSSLReason())",
        nextStep: "make a key with `sealift keygen --out NAME`")
    }
    self.handle = handle
    subjectPublicKeyInfo = info
    id = KeyID(subjectPublicKeyInfo: info)
  }

  /// Whether `signature` is one that the holder of the private half made over exactly `message`.
  ///
  /// Each signature has one form: a DER that could be written differently is refused.
  public func verify(signature: [UInt8], message: UnsafeRawBufferPointer) -> Bool {
    if kind == .ecdsaP256, !P256.isCanonical(signature: signature) { return false }
    defer { ERR_clear_error() }
    let operation = SignatureOperation()
    return operation.beginVerifying(kind, handle)
      && withPointer(to: message) {
        EVP_DigestVerify(operation.pointer, signature, signature.count, $0, message.count) == 1
      }
  }

  /// The PEM text, as `NAME.pub` holds it.
  public var pem: [UInt8] {
    get throws(SealiftError) {
      guard let pem = PEM.write({ PEM_write_bio_PUBKEY($0, handle.pointer) == 1 }) else {
        throw SealiftError(
          .internal, "OpenSSL cannot write the public key: \(takeOpenSSLReason())", nextStep: "report this defect")
      }
      return pem
    }
  }
}
