internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import OCI
internal import YAML

/// Fields that several lists of the configuration share: where some content lies, and what it is.
extension Stanza {
  /// Why `pullSecret` changes nothing.
  static let pullSecret = "credentials are named by --authfile and found where podman and docker have them"
  /// `platforms`, where the key at the top says that things are packed.
  static func packedPlatforms(_ top: String) -> [String] { top == "delete" ? [] : ["platforms"] }

  /// Why `platforms` changes nothing where things are deleted.
  static func idlePlatforms(_ top: String) -> [String: String] {
    top == "delete" ? ["platforms": "all that a bundle has brought of an image is deleted"] : [:]
  }

  /// `platforms`: those of which the images of a list are wanted, each once; none for all.
  func platforms() -> [Platform] {
    var platforms: [Platform] = []
    let named = list("platforms") { (node) throws(SealiftError) in
      let fields = Fields(honoured: ["os", "architecture"])
      let stanza = try Stanza(node, path: "\(path).platforms[]", fields, findings)
      return Platform(os: try stanza.word("os"), architecture: try stanza.word("architecture"))
    }
    for platform in named where !platforms.contains(platform) { platforms.append(platform) }
    return platforms
  }

  /// One of the two words of a platform, as lists of images write it.
  private func word(_ name: String) throws(SealiftError) -> String {
    let text = try requiredText(name)
    let others = ["x86_64": "amd64", "aarch64": "arm64"]
    guard text.wholeMatch(of: /[a-z0-9._-]{1,100}/) != nil, others[text] == nil else {
      let hint = others[text].map { "did you mean \($0)?" } ?? "write it as images have it, such as linux and amd64"
      throw (self[name]?.position ?? position).error("the \(name) '\(text.prefix(100))' is not known; \(hint)")
    }
    return text
  }

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
