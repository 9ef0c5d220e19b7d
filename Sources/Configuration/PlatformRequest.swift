internal import Diagnostics
public import OCI
public import Release
internal import Versions
public import YAML

/// `mirror.platform`: the OpenShift releases that are asked for.
public struct PlatformRequest: Sendable {
  /// `channels`, in their order.
  public let channels: [ReleaseChannel]
  /// `architectures`, each once; amd64 where none is named.
  public let architectures: [ReleaseArchitecture]
  /// `platforms`: those of which the images of the releases are wanted, which are then those for several architectures;
  /// none for all.
  public let platforms: [Platform]
  /// `release`: one release image, which no update graph is asked for.
  public let release: ImageReference?
  /// `graph`: whether the data for an update service behind the gap is wanted.
  public let graph: Bool
  /// `kubeVirtContainer`: whether the disk image of nodes that run in KubeVirt is wanted for each release.
  public let kubeVirtContainer: Bool
  /// Where it stands in the file.
  public let position: YAMLPosition

  /// Whether neither a release nor graph data is asked for.
  public var asksForNothing: Bool { channels.isEmpty && release == nil && !graph }

  /// - Parameters:
  ///   - node: The value of `platform`.
  ///   - top: The key above it.
  init(_ node: YAMLNode, under top: String = "mirror", _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(top).platform",
      Stanza.Fields(
        honoured: ["graph", "channels", "architectures", "platforms", "release", "kubeVirtContainer"],
        idle: ["pullSecret": Stanza.pullSecret]), findings)
    position = stanza.position
    graph = stanza.flag("graph")
    kubeVirtContainer = stanza.flag("kubeVirtContainer")
    channels = Self.channels(stanza)
    platforms = stanza.platforms()
    if !platforms.isEmpty, stanza["architectures"] != nil, let place = stanza["platforms"]?.position {
      findings.fault(
        place, "platforms and architectures are both given",
        nextStep: "name platforms for a part of the releases for several architectures, or architectures for releases "
          + "of their own, which every registry takes")
    }
    architectures = platforms.isEmpty ? Self.architectures(stanza) : [.multi]
    release = stanza.value("release", Self.reference)
  }

  private static func channels(_ platform: Stanza) -> [ReleaseChannel] {
    var lines: [String: Int] = [:]
    let channels = platform.list("channels") { (node) throws(SealiftError) in
      let stanza = try Stanza(
        node, path: "\(platform.path).channels[]",
        Stanza.Fields(
          honoured: ["name", "type", "minVersion", "maxVersion", "shortestPath", "full", "versions"]),
        platform.findings)
      let channel = try ReleaseChannel(stanza)
      let position = try stanza.required("name").position
      if let line = lines.updateValue(position.line, forKey: channel.name) {
        throw position.error("the channel '\(channel.name)' stands twice, first in line \(line)")
      }
      return channel.each(of: stanza.exactVersions())
    }
    return channels.flatMap(\.self)
  }

  private static func architectures(_ stanza: Stanza) -> [ReleaseArchitecture] {
    var architectures: [ReleaseArchitecture] = []
    let named = stanza.list("architectures") { (node) throws(SealiftError) in
      try node.choice("architecture", aliases: ReleaseArchitecture.tagNames) as ReleaseArchitecture
    }
    for architecture in named where !architectures.contains(architecture) { architectures.append(architecture) }
    return architectures.isEmpty ? [.amd64] : architectures
  }

  private static func reference(_ node: YAMLNode) throws(SealiftError) -> ImageReference? {
    let text = try node.string()
    do throws(SealiftError) { return text.isEmpty ? nil : try ImageReference(text) } catch {
      guard error.code == .usage else { throw error }
      throw node.position.error(error.problem, nextStep: error.nextStep)
    }
  }
}

extension ReleaseChannel {
  /// - Parameter stanza: One of `mirror.platform.channels`.
  fileprivate init(_ stanza: Stanza) throws(SealiftError) {
    let kind = stanza.value("type", Self.kind) ?? .ocp
    let (minimum, maximum) = (stanza.limit("minVersion"), stanza.limit("maxVersion"))
    let (shortestPath, full) = (stanza.flag("shortestPath"), stanza.flag("full"))
    let node = try stanza.required("name")
    let name = try stanza.text(node)
    guard Self.isName(name) else {
      throw node.position.error("'\(name.prefix(100))' is not the name of a channel, such as stable-4.18")
    }
    self.init(name, kind: kind, shortestPath: shortestPath, full: full)
    (self.minimum, self.maximum) = (minimum, maximum)
    if let minimum, let maximum, maximum.precedes(minimum.version), let place = stanza["minVersion"]?.position {
      throw place.error("minVersion \(minimum) is above maxVersion \(maximum)")
    }
  }

  /// The distribution; in any letters, and empty for the usual one.
  private static func kind(_ node: YAMLNode) throws(SealiftError) -> Kind? {
    let text = try node.string()
    if let kind = Kind(rawValue: text.lowercased()) { return kind }
    return text.isEmpty ? nil : try node.choice("type")
  }

  /// The channel once for each of a list of versions; as it is where there is none.
  fileprivate func each(of versions: [SemanticVersion]) -> [ReleaseChannel] {
    if versions.isEmpty { return [self] }
    return versions.map { version in
      var channel = self
      (channel.minimum, channel.maximum) = (VersionLimit(version), VersionLimit(version))
      return channel
    }
  }
}

extension Stanza {
  /// `versions`, which the first format had in place of bounds: those alone.
  fileprivate func exactVersions() -> [SemanticVersion] {
    let versions = list("versions") { (node) throws(SealiftError) in
      let text = try text(node)
      guard let version = VersionLimit(text)?.exact else {
        throw node.position.error("'\(text.prefix(100))' is not a version of three numbers, such as 4.18.1")
      }
      return version
    }
    if let node = self["versions"], !versions.isEmpty {
      findings.note(
        node.position, "versions is oc-mirror v1's, and is read as minVersion and maxVersion for each of them")
    }
    return versions
  }
}

extension ReleaseArchitecture {
  /// The names that users know from the tags of release images, and from `uname`.
  fileprivate static var tagNames: [String: ReleaseArchitecture] {
    Dictionary(allCases.map { ($0.tagName, $0) }) { first, _ in first }
  }
}

extension YAMLNode {
  /// One of a few words.
  ///
  /// - Parameter aliases: Words that mean one of them and are not taken, only understood.
  fileprivate func choice<Choice: RawRepresentable & CaseIterable>(
    _ what: String, aliases: [String: Choice] = [:]
  ) throws(SealiftError) -> Choice where Choice.RawValue == String {
    let text = try string()
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    let near = aliases[text]?.rawValue ?? (text.count <= 40 ? nearestName(to: text, in: names) : nil)
    let hint = near.map { "did you mean \($0)?" } ?? "it is one of \(names.joined(separator: ", "))"
    throw position.error("the \(what) '\(text.prefix(40))' is not known; \(hint)")
  }
}
