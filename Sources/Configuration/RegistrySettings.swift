internal import Diagnostics
internal import OCI
internal import TOML

/// One `[[registry]]` of a registries.conf.
struct RegistrySettings: Sendable {
  /// A place, and for which requests it is asked.
  struct Place: Sendable {
    /// What takes the place of the prefix; `nil` for the prefix itself.
    let location: String?
    let isInsecure: Bool
    var servesDigests = true
    var servesTags = true
    let node: TOMLNode
  }

  /// What the names begin with that it is about: a host, or a host and the first parts of a path; after `*.` the end of
  /// a host.
  let prefix: String
  /// Whether nothing may be fetched.
  let isBlocked: Bool
  /// The registry itself.
  let itself: Place
  /// What stands in for it, in order.
  let mirrors: [Place]
  /// Where it stands.
  let node: TOMLNode

  private static let wildcard = "*."
  private static let keys: Set = ["prefix", "location", "insecure", "blocked", "mirror-by-digest-only", "mirror"]
  private static let mirrorKeys: Set = ["location", "insecure", "pull-from-mirror"]

  /// - Parameter notes: Takes what the user should know.
  init(_ node: TOMLNode, _ notes: inout [String]) throws(SealiftError) {
    try Self.noteUnknown(node, known: Self.keys, &notes)
    let location = try Self.location(node, "location")
    guard let prefix = try Self.location(node, "prefix") ?? location else {
      throw node.error("a registry has neither a prefix nor a location")
    }
    guard location != nil || prefix.hasPrefix(Self.wildcard) else {
      throw node.error("the registry '\(prefix)' has no location", nextStep: "add location = \"\(prefix)\"")
    }
    guard !(prefix.split(separator: "/").dropFirst().last ?? "").contains(where: { ":@".contains($0) }) else {
      throw node.error("the prefix '\(prefix)' names an image", nextStep: "let it end with the repository's path")
    }
    self.node = node
    self.prefix = prefix
    isBlocked = try node["blocked"]?.bool() ?? false
    itself = Place(location: location, isInsecure: try node["insecure"]?.bool() ?? false, node: node)
    let byDigestOnly = try node["mirror-by-digest-only"]?.bool() ?? false
    var mirrors: [Place] = []
    for mirror in try node["mirror"]?.elements() ?? [] {
      mirrors.append(try Self.mirror(mirror, byDigestOnly: byDigestOnly, &notes))
    }
    self.mirrors = mirrors
  }

  /// A host of a list of the first version.
  init(host node: TOMLNode, isBlocked: Bool) throws(SealiftError) {
    guard let host = try Self.location(node) else { throw node.error("the name of a registry is empty") }
    self.node = node
    prefix = host
    self.isBlocked = isBlocked
    itself = Place(location: host, isInsecure: !isBlocked, node: node)
    mirrors = []
  }

  private static func mirror(
    _ node: TOMLNode, byDigestOnly: Bool, _ notes: inout [String]
  ) throws(SealiftError) -> Place {
    try noteUnknown(node, known: mirrorKeys, &notes)
    guard let location = try location(node, "location") else { throw node.error("a mirror has no location") }
    var place = Place(location: location, isInsecure: try node["insecure"]?.bool() ?? false, node: node)
    place.servesTags = !byDigestOnly
    guard let pull = node["pull-from-mirror"] else { return place }
    guard !byDigestOnly else {
      throw pull.error(
        "pull-from-mirror has no meaning beside mirror-by-digest-only = true", nextStep: "remove one of them")
    }
    switch try pull.string() {
    case "all", "": break
    case "digest-only": place.servesTags = false
    case "tag-only": place.servesDigests = false
    case let other: throw pull.error("pull-from-mirror is '\(other)', and not one of all, digest-only and tag-only")
    }
    return place
  }

  private static func noteUnknown(
    _ node: TOMLNode, known: Set<String>, _ notes: inout [String]
  ) throws(SealiftError) {
    for entry in try node.entries() where !known.contains(entry.key) {
      notes.append("\(entry.value.place): '\(entry.key)' is not known here, and has no effect")
    }
  }

  private static func location(_ node: TOMLNode, _ key: String) throws(SealiftError) -> String? {
    guard let value = node[key] else { return nil }
    return try location(value)
  }

  private static func location(_ node: TOMLNode) throws(SealiftError) -> String? {
    var text = try node.string()
    while text.hasSuffix("/") { text.removeLast() }
    if text.isEmpty { return nil }
    guard !text.contains("://") else {
      throw node.error("'\(text)' has a scheme", nextStep: "write it as HOST[:PORT][/PATH]")
    }
    let host = text.split(separator: "/", maxSplits: 1).first.map(String.init) ?? ""
    guard ImageReference.isHost(host.hasPrefix(wildcard) ? String(host.dropFirst(wildcard.count)) : host) else {
      throw node.error("'\(text)' does not begin with the name of a host")
    }
    return text
  }

  /// The beginning of a name that is meant; `nil` if the name is none of those that this is about.
  func matched(_ host: String, _ repository: String) -> String? {
    let name = "\(host)/\(repository)"
    guard prefix.hasPrefix(Self.wildcard) else {
      return name == prefix || name.hasPrefix("\(prefix)/") ? prefix : nil
    }
    let parts = prefix.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard host.hasSuffix(parts[0]) else { return nil }
    guard parts.count == 2 else { return host }
    return repository == parts[1] || repository.hasPrefix("\(parts[1])/") ? "\(host)/\(parts[1])" : nil
  }

  /// The place for a repository.
  ///
  /// - Throws: `configuration` if what comes out is no name.
  func endpoint(
    _ place: Place, _ host: String, _ repository: String, isMirror: Bool
  ) throws(SealiftError) -> RegistryMirrors.Endpoint {
    let name = "\(host)/\(repository)"
    let matched = matched(host, repository) ?? ""
    let there = (place.location ?? matched) + name.dropFirst(matched.count)
    let parts = there.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, ImageReference.isHost(parts[0]), ImageReference.isRepository(parts[1]) else {
      throw place.node.error(
        "\(name) would be '\(there)', which names no repository", nextStep: "let location name the repository too")
    }
    return RegistryMirrors.Endpoint(
      host: parts[0], repository: parts[1], isInsecure: place.isInsecure, isMirror: isMirror, place: place.node.place)
  }
}
