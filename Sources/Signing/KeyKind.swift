internal import COpenSSL
internal import Diagnostics

/// The kinds of key that can sign a bundle. The kind fixes the algorithm: a message never chooses it.
public enum KeyKind: String, Sendable, CaseIterable {
  /// ECDSA on P-256 with SHA-256; signatures are DER.
  case ecdsaP256 = "ECDSA P-256"
  /// RSA of 2,048 to 16,384 bits with SHA-256, PKCS#1 v1.5.
  case rsa = "RSA"
  /// Ed25519 over the message itself; signatures are 64 bytes.
  case ed25519 = "Ed25519"

  /// The digest that the signature is made over, as OpenSSL names it; `nil` where the algorithm has its own.
  var digestName: String? { self == .ed25519 ? nil : "SHA256" }

  /// The kind of an OpenSSL key.
  ///
  /// - Parameter name: The file, for messages.
  /// - Throws: `configuration`, naming the kind, for every other kind, curve and size.
  static func of(_ key: KeyHandle, name: String) throws(SealiftError) -> KeyKind {
    let type = EVP_PKEY_get0_type_name(key.pointer).map { String(cString: $0) } ?? "unknown"
    switch type {
    case "EC":
      let curve = key.groupName ?? "without a name"
      guard curve == "prime256v1" else { throw unsupported("\(name) is an EC key on the curve \(curve)") }
      return .ecdsaP256
    case "RSA":
      let bits = Int(EVP_PKEY_get_bits(key.pointer))
      guard rsaBits.contains(bits) else { throw unsupported("\(name) is an RSA key of \(bits) bits") }
      return .rsa
    case "ED25519":
      return .ed25519
    default:
      throw unsupported("\(name) is a key of type \(type)")
    }
  }

  // Less is within reach of factoring (NIST SP 800-57); OpenSSL verifies no more.
  private static let rsaBits = 2048...16384

  private static func unsupported(_ what: String) -> SealiftError {
    SealiftError(
      .configuration, "\(what), and only ECDSA P-256, RSA of 2048 to 16384 bits and Ed25519 are supported",
      nextStep: "make a key with `sealift keygen --out NAME`")
  }
}
