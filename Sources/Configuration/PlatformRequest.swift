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
  init(_ node: YAMLNode, under top: String = "mirror") throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(top).platform",
      honoured: ["graph", "channels", "architectures", "release", "kubeVirtContainer"], later: ["platforms"])
    position = stanza.position
    graph = try stanza.flag("graph")
    kubeVirtContainer = try stanza.flag("kubeVirtContainer")
    channels = try Self.channels(stanza)
    architectures = try Self.architectures(stanza)
    release = try stanza["release"].map(Self.reference)
  }

  private static func channels(_ platform: Stanza) throws(SealiftError) -> [ReleaseChannel] {
    var lines: [String: Int] = [:]
    return try platform.list("channels") { (node) throws(SealiftError) in
      let stanza = try Stanza(
        node, path: "\(platform.path).channels[]",
        honoured: ["name", "type", "minVersion", "maxVersion", "shortestPath", "full"])
      let channel = try ReleaseChannel(stanza)
      let position = try stanza.required("name").position
      if let line = lines.updateValue(position.line, forKey: channel.name) {
        throw position.error("the channel '\(channel.name)' stands twice, first in line \(line)")
      }
      return channel
    }
  }

  private static func architectures(_ stanza: Stanza) throws(SealiftError) -> [ReleaseArchitecture] {
    var architectures: [ReleaseArchitecture] = []
    for node in try stanza["architectures"]?.elements() ?? [] {
      let architecture = try node.choice("architecture", aliases: ReleaseArchitecture.tagNames) as ReleaseArchitecture
      if !architectures.contains(architecture) { architectures.append(architecture) }
    }
    return architectures.isEmpty ? [.amd64] : architectures
  }

  private static func reference(_ node: YAMLNode) throws(SealiftError) -> ImageReference {
    do throws(SealiftError) {
      return try ImageReference(try node.string())
    } catch {
      guard error.code == .usage else { throw error }
      throw node.position.error(error.problem, nextStep: error.nextStep)
    }
  }
}

extension ReleaseChannel {
  /// - Parameter stanza: One of `mirror.platform.channels`.
  fileprivate init(_ stanza: Stanza) throws(SealiftError) {
    let node = try stanza.required("name")
    let name = try node.string()
    guard Self.isName(name) else {
      throw node.position.error("'\(name.prefix(100))' is not the name of a channel, such as stable-4.18")
    }
    self.init(name)
    if let type = stanza["type"] { kind = try type.choice("type") }
    minimum = try stanza.version("minVersion")
    maximum = try stanza.version("maxVersion")
    shortestPath = try stanza.flag("shortestPath")
    full = try stanza.flag("full")
    if let minimum, let maximum, maximum.precedes(minimum), let place = stanza["minVersion"]?.position {
      throw place.error("minVersion \(minimum) is above maxVersion \(maximum)")
    }
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
