internal import COpenSSL
internal import Diagnostics

/// The text form of keys: base64 between `-----BEGIN LABEL-----` and `-----END LABEL-----`.
///
/// Source: RFC 7468.
enum PEM {
  /// No key file is larger: an RSA key of 16,384 bits takes 13 KB.
  static let maxBytes = 64 << 10

  /// The labels of the blocks, in order.
  static func labels(in pem: [UInt8]) -> [String] {
    pem.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" }
      let begin = "-----BEGIN "
      let end = "-----"
      guard text.hasPrefix(begin), text.hasSuffix(end), text.count >= begin.count + end.count else { return nil }
      return String(text.dropFirst(begin.count).dropLast(end.count))
    }
  }

  /// Reads with `body` from an OpenSSL stream over `pem`.
  static func read<Result>(_ pem: [UInt8], _ body: (OpaquePointer) -> Result?) -> Result? {
    pem.withUnsafeBytes { raw in
      guard let stream = BIO_new_mem_buf(raw.baseAddress, CInt(raw.count)) else { return nil }
      defer { BIO_free(stream) }
      return body(stream)
    }
  }

  /// The bytes that `body` writes to an OpenSSL stream; `nil` if it says that it failed.
  static func write(_ body: (OpaquePointer) -> Bool) -> [UInt8]? {
    guard let stream = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(stream) }
    guard body(stream) else { return nil }
    let count = BIO_ctrl_pending(stream)
    var bytes = [UInt8](repeating: 0, count: count)
    guard BIO_read(stream, &bytes, CInt(count)) == CInt(count) else { return nil }
    return bytes
  }

  /// The error for a file in which a key of the wanted sort is not found.
  static func refusal(of label: String?, name: String, startsWith first: UInt8?) -> SealiftError {
    func error(_ problem: String, _ nextStep: String) -> SealiftError {
      SealiftError(.configuration, "\(name) \(problem)", nextStep: nextStep)
    }
    switch label {
    case nil where first == 0x30:
      return error("is not PEM but looks like DER", "convert it with `openssl pkey -inform DER -in \(name)`")
    case nil:
      return error("holds no key in PEM form", "name a file that `sealift keygen` or openssl wrote")
    case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
      return error(
        "is a certificate, and only bare keys are supported",
        "take the key out with `openssl x509 -in \(name) -noout -pubkey`, once you know that it is the right one")
    case "PUBLIC KEY":
      return error("is a public key, and signing needs the private one", "name the .key file")
    case "RSA PUBLIC KEY":
      return error(
        "is a public key in PKCS#1 form, which is not supported",
        "convert it with `openssl rsa -RSAPublicKey_in -in \(name) -pubout`")
    case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
      return error(
        "is a private key, and a public one is needed here",
        "name the .pub file, or make it with `openssl pkey -in \(name) -pubout`")
    case "OPENSSH PRIVATE KEY":
      return error(
        "is a key in OpenSSH form, which is not supported",
        "convert a copy of it with `ssh-keygen -p -m PKCS8 -f COPY`")
    case let label?:
      return error("holds '\(label)', which is not supported", "name a file that `sealift keygen` or openssl wrote")
    }
  }
}
