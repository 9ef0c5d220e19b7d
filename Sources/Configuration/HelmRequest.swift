public import Charts
internal import Diagnostics
public import OCI
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
    public fileprivate(set) var imagePaths: [JSONPath]
    /// `platforms`: those of which its images are wanted, where they are lists; none for all.
    public fileprivate(set) var platforms: [Platform]
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
    /// `platforms`: those of which its images are wanted, where they are lists; none for all.
    public let platforms: [Platform]
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
  init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let fields = Stanza.Fields(honoured: ["repositories", "local"], older: ["repos": "repositories"])
    let stanza = try Stanza(node, path: "mirror.helm", fields, findings)
    repositories = stanza.list("repositories") { (node) throws(SealiftError) in try Repository(node, findings) }
    local = stanza.list("local") { (node) throws(SealiftError) in try Local(node, findings) }
  }
}

extension HelmRequest.Repository {
  fileprivate init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.helm.repositories[]", Stanza.Fields(honoured: ["name", "url", "charts"]), findings)
    charts = HelmRequest.Chart.list(stanza)
    let place = try stanza.required("url")
    url = try place.string()
    name = stanza.text("name") ?? url
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
  /// The charts of a repository; what stands twice is one, with the paths of both.
  fileprivate static func list(_ repository: Stanza) -> [HelmRequest.Chart] {
    var charts: [HelmRequest.Chart] = []
    for chart in repository.list("charts", { (node) throws(SealiftError) in try Self(node, repository.findings) }) {
      guard let place = charts.firstIndex(where: { $0.name == chart.name && $0.version == chart.version }) else {
        charts.append(chart)
        continue
      }
      charts[place].imagePaths += chart.imagePaths
      charts[place].platforms =
        chart.platforms.isEmpty || charts[place].platforms.isEmpty ? [] : charts[place].platforms + chart.platforms
    }
    return charts
  }

  private init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.helm.repositories[].charts[]",
      Stanza.Fields(
        honoured: ["name", "version", "imagePaths", "platforms"],
        idle: ["path": "it belongs to mirror.helm.local, and this chart comes from a repository"],
        unsupported: HelmRequest.unsupported), findings)
    version = stanza.text("version")
    imagePaths = stanza.imagePaths()
    platforms = stanza.platforms()
    position = node.position
    name = try stanza.requiredText("name")
  }
}

extension HelmRequest.Local {
  fileprivate init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.helm.local[]",
      Stanza.Fields(
        honoured: ["name", "path", "imagePaths", "platforms"],
        idle: ["version": "a chart on disk says its version itself"],
        unsupported: HelmRequest.unsupported), findings)
    name = stanza.text("name")
    imagePaths = stanza.imagePaths()
    platforms = stanza.platforms()
    let place = try stanza.required("path")
    path = try place.string()
    position = place.position
    guard !path.isEmpty else { throw position.error("the path is empty") }
  }
}

extension HelmRequest {
  private static let values = "is not supported: name the images that it adds under mirror.additionalImages"
  fileprivate static let unsupported = ["values": values, "valuesFiles": values]
}

extension Stanza {
  fileprivate func imagePaths() -> [JSONPath] {
    list("imagePaths") { (node) throws(SealiftError) in
      let text = try node.string()
      do throws(SealiftError) { return try JSONPath(text) } catch {
        throw node.position.error(error.problem, nextStep: error.nextStep)
      }
    }
  }
}
