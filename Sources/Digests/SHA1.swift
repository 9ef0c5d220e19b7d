internal import COpenSSL

/// SHA-1, for the fingerprints of OpenPGP keys alone: nothing here takes it for proof of content.
public enum SHA1 {
  /// The 40 hex digits of the hash, in upper case, as fingerprints are written.
  public static func hex(of bytes: [UInt8]) -> String {
    var hash = [UInt8](repeating: 0, count: 20)
    let status = EVP_Digest(bytes, bytes.count, &hash, nil, EVP_sha1(), nil)
    precondition(status == 1, "OpenSSL has no SHA-1")
    let digits = Array("0123456789ABCDEF".utf8)
    return String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
