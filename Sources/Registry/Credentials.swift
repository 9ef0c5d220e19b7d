public import Diagnostics
internal import HTTPTransport
internal import Synchronization
internal import SystemIO

/// Credentials as podman and docker keep them.
///
/// A file that is named counts alone; else these are looked at in order: `${XDG_RUNTIME_DIR}/containers/auth.json` (where
/// there is no such directory, `/run/containers/UID/auth.json`), `~/.config/containers/auth.json`,
/// `~/.docker/config.json`, `~/.dockercfg`. In each, a credential helper for the registry goes before
/// an entry, the longest path before a shorter one, and the store for everything comes last.
///
/// Source: containers-auth.json(5); docker login, "Credential stores".
public final class Credentials: CredentialSource {
  private struct Found {
    let credential: Credential?
  }

  private let files: [CredentialFile]
  private let environment: [String: String]
  private let known = Mutex<[String: Found]>([:])

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - authFile: The value of `--authfile`; it must exist.
  ///   - environment: Where the files and helpers are found.
  /// - Throws: `configuration` for a file that is not what podman or docker writes.
  public init(authFile: String?, environment: [String: String]) throws(SealiftError) {
    self.environment = environment
    if let authFile {
      files = [try CredentialFile(authFile)]
      return
    }
    var files: [CredentialFile] = []
    for path in Self.paths(environment) where FileSystem.exists(path) { files.append(try CredentialFile(path)) }
    self.files = files
  }

  /// Looks a credential up, asking helpers where the files name them.
  public func credential(for registry: String, repository: String) throws(SealiftError) -> Credential? {
    let name = "\(registry)/\(repository)"
    if let found = known.withLock({ $0[name] }) { return found.credential }
    let credential = try find(Self.keys(registry, repository))
    known.withLock { $0[name] = Found(credential: credential) }
    return credential
  }

  private func find(_ keys: [String]) throws(SealiftError) -> Credential? {
    for file in files {
      for key in keys {
        if let helper = file.helpers[key] { return try ask(helper, for: key) }
      }
      for key in keys {
        if let credential = file.entries[key] { return credential }
      }
      if let store = file.store, let host = keys.last, let credential = try ask(store, for: host) { return credential }
    }
    return nil
  }

  private func ask(_ name: String, for key: String) throws(SealiftError) -> Credential? {
    let helper = CredentialHelper(name: name, environment: environment)
    // Docker keeps its own registry under the address of an API that is long gone.
    return try helper.credential(for: key == "docker.io" ? "https://index.docker.io/v1/" : key)
  }

  /// The names under which a repository's credential can stand, the longest path first.
  private static func keys(_ registry: String, _ repository: String) -> [String] {
    let registry = registry.lowercased()
    var keys: [String] = []
    var path = repository.split(separator: "/")
    while !path.isEmpty {
      keys.append("\(registry)/\(path.joined(separator: "/"))")
      path.removeLast()
    }
    return keys + [registry]
  }

  private static func paths(_ environment: [String: String]) -> [String] {
    func directory(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let named = directory("REGISTRY_AUTH_FILE") { return [named] }
    let home = directory("HOME")
    return [
      (directory("XDG_RUNTIME_DIR").map { "\($0)/containers" } ?? "/run/containers/\(FileSystem.userID)")
        + "/auth.json",
      (directory("XDG_CONFIG_HOME") ?? home.map { "\($0)/.config" }).map { "\($0)/containers/auth.json" },
      (directory("DOCKER_CONFIG") ?? home.map { "\($0)/.docker" }).map { "\($0)/config.json" },
      home.map { "\($0)/.dockercfg" },
    ].compactMap(\.self)
  }
}
