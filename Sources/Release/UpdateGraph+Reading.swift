public import Diagnostics
internal import JSON
internal import OCI
internal import Versions

extension UpdateGraph {
  /// The greatest graph in bytes; those of the largest channels have some megabytes.
  public static let maxBytes = 64 << 20
  // Some ten times what the largest channel has: the work for a graph must end.
  static let maximumReleases = 10_000
  static let maximumUpgrades = 1_000_000
  // Of one upgrade, which has up to five; all upgrades of a graph together have some thousands.
  static let maximumRisks = 100
  static let maximumAllRisks = 1_000_000
  // The longest real text is a query of a risk's matching rule, of a few KiB.
  private static let limits = JSONLimits(stringBytes: 1 << 20)

  /// Reads what an update service answers, or a file that holds such an answer.
  ///
  /// Members that are not known are passed over, because the format grows. Where an upgrade is listed both with and
  /// without conditions, the conditions count.
  ///
  /// Source: openshift/cincinnati, docs/design/openshift.md, "Graph API"; cluster-version-operator, pkg/cincinnati.
  ///
  /// - Parameters:
  ///   - bytes: The document.
  ///   - source: What it is, for messages: a URL or a file.
  /// - Throws: `protocol`.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    guard bytes.count <= Self.maxBytes else {
      throw Self.noGraph(source, "is larger than the greatest update graph (\(Self.maxBytes.asBytes))")
    }
    let start = bytes.first { !" \t\r\n".utf8.contains($0) }
    guard start == UInt8(ascii: "{") else {
      let page = start == UInt8(ascii: "<")
      throw Self.noGraph(source, page ? "is a web page, and no update graph" : "is no JSON, and so no update graph")
    }
    let parts = try JSONReader.read(bytes, source: source, limits: Self.limits) { (reader) throws(SealiftError) in
      try Parts(&reader)
    }
    guard let releases = parts.releases else { throw Self.noGraph(source, "has no nodes, and so is no update graph") }
    self = try parts.graph(of: releases, source)
  }

  fileprivate static func noGraph(_ source: String, _ problem: String) -> SealiftError {
    SealiftError(
      .protocol, "\(source) \(problem)",
      nextStep: "check the address, and that no proxy or login page answers in place of the update service")
  }
}

/// The members of a graph in the order in which they come, which may be any.
private struct Parts {
  struct Conditions {
    var upgrades: [(from: String, to: String)] = []
    var risks: [UpgradeRisk] = []
  }

  var releases: [PublishedRelease]?
  var edges: [(from: Int, to: Int)] = []
  var conditions: [Conditions] = []
  private var upgradeCount = 0
  private var riskCount = 0

  init(_ reader: inout JSONReader) throws(SealiftError) {
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "nodes": releases = try Self.releases(&reader)
      // What a server written in Go leaves empty can be null.
      case "edges" where !reader.takeNull():
        try reader.array { (reader) throws(SealiftError) in
          try count(&reader)
          edges.append(try Self.edge(&reader))
        }
      case "conditionalEdges" where !reader.takeNull():
        try reader.array { (reader) throws(SealiftError) in conditions.append(try readConditions(&reader)) }
      case "edges", "conditionalEdges": break
      default: try reader.skip()
      }
    }
  }

  private mutating func count(_ reader: inout JSONReader) throws(SealiftError) {
    upgradeCount += 1
    guard upgradeCount <= UpdateGraph.maximumUpgrades else {
      throw reader.failure("there are more than \(UpdateGraph.maximumUpgrades) upgrades")
    }
  }

  private static func releases(_ reader: inout JSONReader) throws(SealiftError) -> [PublishedRelease] {
    var releases: [PublishedRelease] = []
    var versions: Set<SemanticVersion> = []
    try reader.array { (reader) throws(SealiftError) in
      guard releases.count < UpdateGraph.maximumReleases else {
        throw reader.failure("there are more than \(UpdateGraph.maximumReleases) releases")
      }
      let release = try Self.release(&reader)
      guard versions.insert(release.version).inserted else {
        throw reader.failure("the version \(release.version) stands twice")
      }
      releases.append(release)
    }
    return releases
  }

  private static func release(_ reader: inout JSONReader) throws(SealiftError) -> PublishedRelease {
    var (version, payload): (SemanticVersion?, ImageReference?)
    var metadata = JSONValue.null
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "version":
        let text = try reader.string()
        version = SemanticVersion(text)
        guard version != nil else { throw reader.failure("'\(text.prefix(100))' is not a semantic version") }
      case "payload": payload = try Self.payload(&reader)
      case "metadata": metadata = try reader.value()
      default: try reader.skip()
      }
    }
    guard let version else { throw reader.failure("a node has no version") }
    guard let payload else { throw reader.failure("the node of \(version) has no payload") }
    let channels = metadata["io.openshift.upgrades.graph.release.channels"]?.text ?? ""
    return PublishedRelease(
      version: version, payload: payload, url: metadata["url"]?.text,
      channels: channels.split(separator: ",").map(String.init))
  }

  private static func payload(_ reader: inout JSONReader) throws(SealiftError) -> ImageReference {
    let text = try reader.string()
    let reference: ImageReference
    do throws(SealiftError) { reference = try ImageReference(text) } catch { throw reader.failure(error.problem) }
    guard reference.digest != nil else { throw reader.failure("the payload \(reference) is not named by its digest") }
    return reference
  }

  private static func edge(_ reader: inout JSONReader) throws(SealiftError) -> (from: Int, to: Int) {
    let ends = try reader.list { (reader) throws(SealiftError) in try reader.integer() }
    guard ends.count == 2 else { throw reader.failure("an edge has \(ends.count) ends") }
    return (ends[0], ends[1])
  }

  private mutating func readConditions(_ reader: inout JSONReader) throws(SealiftError) -> Conditions {
    var conditions = Conditions()
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "edges":
        try reader.array { (reader) throws(SealiftError) in
          try count(&reader)
          conditions.upgrades.append(try Self.conditionalEdge(&reader))
        }
      case "risks": conditions.risks = try reader.list { (reader) throws(SealiftError) in try Self.risk(&reader) }
      default: try reader.skip()
      }
    }
    // Without a risk it would count as an upgrade for everybody.
    guard !conditions.risks.isEmpty || conditions.upgrades.isEmpty else {
      throw reader.failure("a conditional upgrade has no risks")
    }
    riskCount += conditions.upgrades.count * conditions.risks.count
    guard conditions.risks.count <= UpdateGraph.maximumRisks, riskCount <= UpdateGraph.maximumAllRisks else {
      throw reader.failure(
        "conditional upgrades have more than \(UpdateGraph.maximumRisks) risks, or too many together")
    }
    return conditions
  }

  private static func conditionalEdge(_ reader: inout JSONReader) throws(SealiftError) -> (from: String, to: String) {
    var (from, to): (String?, String?)
    try reader.object { (reader, name) throws(SealiftError) in
      switch name {
      case "from": from = try reader.string()
      case "to": to = try reader.string()
      default: try reader.skip()
      }
    }
    guard let from, let to else { throw reader.failure("a conditional upgrade lacks one of its ends") }
    return (from, to)
  }

  private static func risk(_ reader: inout JSONReader) throws(SealiftError) -> UpgradeRisk {
    var (name, message, url) = ("", "", "")
    try reader.object { (reader, member) throws(SealiftError) in
      switch member {
      case "name": name = try reader.string()
      case "message": message = try reader.string()
      case "url": url = try reader.string()
      default: try reader.skip()
      }
    }
    guard !name.isEmpty else { throw reader.failure("a risk has no name") }
    return UpgradeRisk(name: name, message: message, url: url)
  }
}

extension Parts {
  /// Puts the members together.
  fileprivate func graph(of releases: [PublishedRelease], _ source: String) throws(SealiftError) -> UpdateGraph {
    var upgrades: [SemanticVersion: [SemanticVersion: [UpgradeRisk]]] = [:]
    for (from, to) in edges {
      guard releases.indices.contains(from), releases.indices.contains(to) else {
        throw UpdateGraph.noGraph(source, "has an edge from node \(from) to node \(to), and \(releases.count) nodes")
      }
      upgrades[releases[from].version, default: [:]][releases[to].version] = []
    }
    let versions = Set(releases.map(\.version))
    for group in conditions {
      for (from, to) in group.upgrades {
        // A service can leave out nodes that the conditions still name: nothing can be packed or upgraded there.
        guard let from = SemanticVersion(from), let to = SemanticVersion(to), versions.contains(from),
          versions.contains(to)
        else { continue }
        let risks = (upgrades[from]?[to] ?? []).adding(group.risks)
        guard risks.count <= UpdateGraph.maximumRisks else {
          throw UpdateGraph.noGraph(source, "has more than \(UpdateGraph.maximumRisks) risks for one upgrade")
        }
        upgrades[from, default: [:]][to] = risks
      }
    }
    return UpdateGraph(releases, upgrades)
  }
}
