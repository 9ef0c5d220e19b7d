internal import Digests

/// The name of a key: the SHA-256 of its DER SubjectPublicKeyInfo, as 64 lower-case hex digits.
///
/// It is what `openssl pkey -pubin -in NAME.pub -outform DER | sha256sum` prints, so anyone can check it.
public struct KeyID: Hashable, Sendable, Comparable, CustomStringConvertible {
  private let digest: Digest

  /// Reads 64 hex digits.
  ///
  /// - Returns: `nil` unless there are exactly 64, in lower case.
  public init?(hex: some StringProtocol) {
    guard let digest = Digest(hex: hex) else { return nil }
    self.digest = digest
  }

  /// - Parameter info: A DER SubjectPublicKeyInfo.
  init(subjectPublicKeyInfo info: [UInt8]) {
    digest = SHA256Hasher.digest(of: info)
  }

  /// The 64 hex digits.
  public var description: String { digest.hex }

  /// The order of the text forms.
  public static func < (left: KeyID, right: KeyID) -> Bool { left.digest < right.digest }
}
