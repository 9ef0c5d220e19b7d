internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import YAML

/// Fields that several lists of the configuration share: where some content lies, and what it is.
extension Stanza {
  /// Why `pullSecret` changes nothing.
  static let pullSecret = "credentials are named by --authfile and found where podman and docker have them"
  /// Why `platforms` is an error.
  static let platforms = "is not supported by this version of sealift"

  /// `url`: where content lies on a web server; `nil` where it is absent.
  ///
  /// Whether plain http is allowed is for the run to decide.
  func url() throws(SealiftError) -> HTTPURL? {
    guard let node = self["url"] else { return nil }
    do throws(SealiftError) { return try HTTPURL(try node.string()) } catch {
      guard error.code == .protocol else { throw error }
      throw node.position.error(error.problem, nextStep: "write it as https://HOST/PATH, without a user name")
    }
  }

  /// `sha256`: the digest of content, as 64 hexadecimal digits, with or without `sha256:` before them.
  func sha256() throws(SealiftError) -> Digest? {
    guard let node = self["sha256"] else { return nil }
    let text = try node.string()
    let prefix = "sha256:"
    let digits = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    guard let digest = Digest(hex: digits.lowercased()) else {
      throw node.position.error(
        "'\(text.prefix(100))' is not a SHA-256", nextStep: "write the 64 digits that `sha256sum` prints")
    }
    return digest
  }
}
