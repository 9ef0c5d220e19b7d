public import Diagnostics
public import OCI
public import SystemIO

/// Where a bundle is unpacked: `REGISTRY[:PORT][/prefix]`, `oci:DIR` or `file://DIR`.
public enum TargetAddress: Sendable, CustomStringConvertible {
  case registry(host: String, prefix: String)
  case layout(path: String)
  /// A directory as `oc image mirror` writes and reads it.
  case mirror(path: String)

  /// Reads an address; `docker://` before a registry is allowed.
  public init(_ text: String) throws(SealiftError) {
    if text.hasPrefix(OCILayoutAddress.prefix) {
      let address = try OCILayoutAddress(text)
      guard address.name == nil else {
        throw SealiftError(
          .usage, "'\(text)' names one image of a layout, and a bundle has its own names",
          nextStep: "write oci:\(address.path)")
      }
      self = .layout(path: address.path)
      return
    }
    if text.hasPrefix(MirrorDirectoryAddress.prefix) {
      let address = try MirrorDirectoryAddress(text)
      guard address.repository == nil else {
        throw SealiftError(
          .usage, "'\(text)' names a repository of a directory, and a bundle has its own names",
          nextStep: "write file://\(address.path)")
      }
      self = .mirror(path: address.path)
      return
    }
    if let shown = text.withoutUserInfo { throw ImageReference.hasUserInfo(shown) }
    let bare = text.hasPrefix("docker://") ? text.dropFirst(9) : text[...]
    let host = String(bare.prefix { $0 != "/" })
    let prefix = String(bare.dropFirst(host.count + 1))
    guard ImageReference.isHost(host), prefix.isEmpty || ImageReference.isRepository(prefix) else {
      throw SealiftError(
        .usage, "'\(text)' is not a target",
        nextStep: "write REGISTRY[:PORT][/prefix], in lower case, or oci:DIR, or file://DIR")
    }
    self = .registry(host: host, prefix: prefix)
  }

  /// The repository at the target for a path of the index.
  ///
  /// - Parameter limit: The greatest number of components; the first ones are kept and the rest joined with `-`, as
  ///   `oc-mirror --max-nested-paths` does it.
  public func repository(for destination: String, maxNestedPaths limit: Int?) -> String {
    var components = destination.split(separator: "/").map(String.init)
    if case .registry(_, let prefix) = self { components = prefix.split(separator: "/").map(String.init) + components }
    guard let limit, components.count > limit else { return components.joined(separator: "/") }
    let kept = components.prefix(limit - 1)
    return (kept + [components.dropFirst(limit - 1).joined(separator: "-")]).joined(separator: "/")
  }

  /// What stands for a path of the index in the name of a repository, or of a tag there.
  ///
  /// - Returns: `nil` for a name outside the target's prefix.
  public func destination(of name: String) -> String? {
    guard case .registry(_, let prefix) = self, !prefix.isEmpty else { return name }
    return name.hasPrefix("\(prefix)/") ? String(name.dropFirst(prefix.count + 1)) : nil
  }

  /// Refuses a name that no repository can have at the target.
  ///
  /// - Throws: `usage`.
  public func requireName(_ repository: String) throws(SealiftError) {
    if case .mirror = self { return try MirrorDirectoryAddress.requireName(repository) }
    guard case .registry(let host, let prefix) = self, !ImageReference.isRepository(repository) else { return }
    throw SealiftError(
      .usage,
      "\(repository) would have \(repository.utf8.count) bytes, and at \(host) a repository's path has 255 at most",
      nextStep: prefix.isEmpty ? "pack it with a shorter targetRepo" : "name a shorter prefix than \(prefix)")
  }

  /// What is there already, to be read.
  ///
  /// - Returns: `nil` for a directory that is not there, or is not yet what it is to become.
  public func source(
    _ access: RegistryAccess, pool: BlockingPool, reporter: any Reporter
  ) async throws -> (any ImageSource)? {
    switch self {
    case .registry(let host, _): return try access.client(for: host, isTarget: true, pool: pool, reporter: reporter)
    case .layout(let path):
      guard FileSystem.exists("\(path)/index.json") else { return nil }
      return try await OCILayout(path, pool: pool)
    case .mirror(let path):
      guard FileSystem.isDirectory("\(path)/v2") else { return nil }
      return try await MirrorDirectory(path, pool: pool)
    }
  }

  /// Whether both are one registry, under whatever prefix, or one directory, as they are written.
  public func isOne(with other: TargetAddress) -> Bool {
    switch (self, other) {
    case (.registry(let host, _), .registry(let otherHost, _)): host == otherHost
    case (.layout(let path), .layout(let otherPath)), (.mirror(let path), .mirror(let otherPath)): path == otherPath
    default: false
    }
  }

  /// The target as a user writes it, in one of the forms that mean the same.
  public var description: String {
    switch self {
    case .registry(let host, let prefix): prefix.isEmpty ? host : "\(host)/\(prefix)"
    case .layout(let path): OCILayoutAddress.prefix + path
    case .mirror(let path): MirrorDirectoryAddress.prefix + path
    }
  }

  /// A repository as a user writes it.
  public func name(of repository: String) -> String {
    switch self {
    case .registry(let host, _): "\(host)/\(repository)"
    case .layout(let path): "oci:\(path):\(repository)"
    case .mirror(let path): MirrorDirectoryAddress(path: path, repository: repository).description
    }
  }
}
