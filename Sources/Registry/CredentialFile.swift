internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import JSON
internal import SystemIO

/// One `auth.json` or `config.json`.
struct CredentialFile: Sendable {
  // One that names a hundred registries has 30 KB.
  private static let maximumBytes = 1 << 20

  /// Credentials by registry, or registry and path.
  let entries: [String: Credential]
  /// Names of credential helpers by registry.
  let helpers: [String: String]
  /// The name of the credential helper for all others.
  let store: String?

  init(_ path: String) throws(SealiftError) {
    let bytes = try FileSystem.read(path, limit: Self.maximumBytes)
    // Docker writes an empty file where there never was a login.
    let value = bytes.isEmpty ? .object([]) : try JSONReader.value(bytes, source: path, code: .configuration)
    var entries: [String: Credential] = [:]
    for entry in value["auths"]?.members ?? [] {
      guard let credential = try Self.credential(entry.value, "the entry for \(entry.name) in \(path)") else {
        continue
      }
      // An entry as it is written goes before one that only means the same.
      entries[entry.name] = credential
      let host = Self.normalised(entry.name)
      if entries[host] == nil { entries[host] = credential }
    }
    self.entries = entries
    helpers = Dictionary(
      (value["credHelpers"]?.members ?? []).compactMap { member in
        member.value.text.map { (Self.normalised(member.name), $0) }
      }, uniquingKeysWith: { first, _ in first })
    store = value["credsStore"]?.text.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func credential(_ entry: JSONValue, _ name: String) throws(SealiftError) -> Credential? {
    if let token = entry["identitytoken"]?.text, !token.isEmpty { return .identityToken(Secret(token)) }
    if let user = entry["username"]?.text, let password = entry["password"]?.text, !user.isEmpty {
      return .password(user: user, Secret(password))
    }
    // Where a helper keeps the secret, the entry is empty.
    guard let auth = entry["auth"]?.text, !auth.isEmpty else { return nil }
    guard let bytes = Base64.decode(auth), let text = String(validating: bytes, as: UTF8.self),
      let colon = text.firstIndex(of: ":")
    else {
      throw SealiftError(
        .configuration, "\(name) is not base64 of a user name and a password", nextStep: "log in to it again")
    }
    // Old versions of docker padded passwords with zeros.
    let password = text[text.index(after: colon)...].filter { $0 != "\0" }
    return .password(user: String(text[..<colon]), Secret(password))
  }

  /// `https://index.docker.io/v1/` is `docker.io`, `https://quay.io/v2/` is `quay.io`; `quay.io/team` stays.
  private static func normalised(_ key: String) -> String {
    var name = Substring(key)
    let isURL = name.hasPrefix("https://") || name.hasPrefix("http://")
    if let scheme = name.firstRange(of: "://"), isURL { name = name[scheme.upperBound...] }
    let path = name.drop { $0 != "/" }
    if isURL || ["/v1", "/v1/", "/v2", "/v2/"].contains(String(path)) { name = name.prefix { $0 != "/" } }
    if name.hasPrefix("index.docker.io") { name = "docker.io" + name.dropFirst(15) }
    if name.hasPrefix("registry-1.docker.io") { name = "docker.io" + name.dropFirst(20) }
    return String(name)
  }
}
