public import Charts
internal import Diagnostics
public import YAML

/// `mirror.helm`: the charts that are asked for.
public struct HelmRequest: Sendable {
  /// One repository, and what is wanted of it.
  public struct Repository: Sendable {
    /// Its name, for messages.
    public let name: String
    /// `url`: where its `index.yaml` is, or with `oci://` the path in a registry that holds its charts.
    public let url: String
    /// The charts; empty for the newest version of all that there are.
    public let charts: [Chart]
    /// Where its URL stands in the file.
    public let position: YAMLPosition
  }

  /// One chart of a repository.
  public struct Chart: Sendable {
    /// The name.
    public let name: String
    /// The version; `nil` for the newest that is no pre-release.
    public let version: String?
    /// `imagePaths`: where its rendered objects have further images.
    public let imagePaths: [JSONPath]
    /// Where it begins in the file.
    public let position: YAMLPosition
  }

  /// One chart on disk.
  public struct Local: Sendable {
    /// The name that its `Chart.yaml` must have, if one is given.
    public let name: String?
    /// The path of the archive.
    public let path: String
    /// `imagePaths`: where its rendered objects have further images.
    public let imagePaths: [JSONPath]
    /// Where its path stands in the file.
    public let position: YAMLPosition
  }

  /// What a URL of a registry begins with.
  public static let registryPrefix = "oci://"

  /// `repositories`, in their order.
  public let repositories: [Repository]
  /// `local`, in their order.
  public let local: [Local]

  /// Whether nothing is asked for.
  public var asksForNothing: Bool { repositories.isEmpty && local.isEmpty }

  /// - Parameter node: `mirror.helm`.
  init(_ node: YAMLNode) throws(SealiftError) {
    let stanza = try Stanza(node, path: "mirror.helm", honoured: ["repositories", "local"])
    var lines: [String: Int] = [:]
    repositories = try stanza.list("repositories") { (node) throws(SealiftError) in
      let repository = try Repository(node)
      if let line = lines.updateValue(node.line, forKey: repository.name) {
        throw node.position.error("the repository '\(repository.name)' stands twice, first in line \(line)")
      }
      return repository
    }
    local = try stanza.list("local") { (node) throws(SealiftError) in try Local(node) }
  }
}

extension HelmRequest.Repository {
  fileprivate init(_ node: YAMLNode) throws(SealiftError) {
    let stanza = try Stanza(node, path: "mirror.helm.repositories[]", honoured: ["name", "url", "charts"])
    name = try stanza.text("name")
    let place = try stanza.required("url")
    url = try place.string()
    position = place.position
    let isRegistry = url.hasPrefix(HelmRequest.registryPrefix)
    guard isRegistry || url.hasPrefix("https://") || url.hasPrefix("http://") else {
      throw position.error("url '\(url)' begins with none of https://, http:// and oci://")
    }
    let authority = url.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
    guard !authority.contains("@") else {
      throw position.error(
        "url holds a user name, and credentials have no place in a configuration",
        nextStep: "use a repository that gives its charts to everyone, or download them and list them under local")
    }
    var lines: [[String?]: Int] = [:]
    charts = try stanza.list("charts") { (node) throws(SealiftError) in
      let chart = try HelmRequest.Chart(node)
      if let line = lines.updateValue(node.line, forKey: [chart.name, chart.version]) {
        throw node.position.error("the chart '\(chart.name)' stands twice, first in line \(line)")
      }
      return chart
    }
    guard isRegistry else { return }
    // A registry does not say what it holds, and its list of tags is not in their order.
    guard !charts.isEmpty else {
      throw position.error(
        "\(url) is a registry, which has no list of charts", nextStep: "name the charts under charts")
    }
    if let chart = charts.first(where: { $0.version == nil }) {
      throw chart.position.error(
        "the chart '\(chart.name)' is in a registry and has no version", nextStep: "name its version")
    }
  }
}

extension HelmRequest.Chart {
  fileprivate init(_ node: YAMLNode) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.helm.repositories[].charts[]", honoured: ["name", "version", "imagePaths"],
      later: ["platforms"], refused: ["path": "belongs to mirror.helm.local"])
    name = try stanza.text("name")
    version = try stanza.checked("version", "a version") { !$0.isEmpty }
    imagePaths = try stanza.imagePaths()
    position = node.position
  }
}

extension HelmRequest.Local {
  fileprivate init(_ node: YAMLNode) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.helm.local[]", honoured: ["name", "path", "imagePaths"], later: ["platforms"],
      refused: ["version": "has no effect on a chart on disk, which says its version itself"])
    name = try stanza.checked("name", "the name of a chart") { !$0.isEmpty }
    let place = try stanza.required("path")
    path = try place.string()
    position = place.position
    guard !path.isEmpty else { throw position.error("the path is empty") }
    imagePaths = try stanza.imagePaths()
  }
}

extension Stanza {
  /// The text under a name, which must be there and not be empty.
  fileprivate func text(_ name: String) throws(SealiftError) -> String {
    let node = try required(name)
    let text = try node.string()
    guard !text.isEmpty else { throw node.position.error("\(name) is empty") }
    return text
  }

  fileprivate func imagePaths() throws(SealiftError) -> [JSONPath] {
    try list("imagePaths") { (node) throws(SealiftError) in
      let text = try node.string()
      do throws(SealiftError) { return try JSONPath(text) } catch {
        throw node.position.error(error.problem, nextStep: error.nextStep)
      }
    }
  }
}
