internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import JSON
internal import SystemIO

/// One `auth.json`, `config.json` or, as docker wrote it until 2015, `.dockercfg`.
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
    let bytes = try FileSystem.readText(path, limit: Self.maximumBytes)
    // Docker writes an empty file where there never was a login.
    let value = bytes.isEmpty ? .object([]) : try JSONReader.value(bytes, source: path, code: .configuration)
    try Self.refuseSecret(value, path)
    var entries: [String: Credential] = [:]
    for entry in Self.auths(value) {
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
        member.value.text.flatMap { $0.isEmpty ? nil : (Self.normalised(member.name), $0) }
      }, uniquingKeysWith: { first, _ in first })
    store = value["credsStore"]?.text.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The entries, which the oldest form of the file has at its top.
  private static func auths(_ value: JSONValue) -> [JSONValue.Member] {
    if let auths = value["auths"] { return auths.members ?? [] }
    return (value.members ?? []).filter { $0.value["auth"] != nil }
  }

  private static func refuseSecret(_ value: JSONValue, _ path: String) throws(SealiftError) {
    guard value["kind"] != nil, value["data"] != nil else { return }
    throw SealiftError(
      .configuration, "\(path) is an object of a cluster that holds credentials, not the file with them",
      nextStep: "write what it holds into a file: oc extract secret/pull-secret -n openshift-config --to=.")
  }

  private static func credential(_ entry: JSONValue, _ name: String) throws(SealiftError) -> Credential? {
    if let token = entry["identitytoken"]?.text, !token.isEmpty { return .identityToken(Secret(token)) }
    if let user = entry["username"]?.text, let password = entry["password"]?.text, !user.isEmpty {
      return .password(user: user, Secret(password))
    }
    // Where a helper keeps the secret, the entry is empty.
    // Tools that encode break their lines, and end the last one.
    guard let auth = entry["auth"]?.text?.filter({ !$0.isWhitespace }), !auth.isEmpty else { return nil }
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
    if isURL || ["/", "/v1", "/v1/", "/v2", "/v2/"].contains(String(path)) { name = name.prefix { $0 != "/" } }
    if name.hasPrefix("index.docker.io") { name = "docker.io" + name.dropFirst(15) }
    if name.hasPrefix("registry-1.docker.io") { name = "docker.io" + name.dropFirst(20) }
    // Names of hosts have no case; repositories have lower case alone.
    return name.lowercased()
  }
}
