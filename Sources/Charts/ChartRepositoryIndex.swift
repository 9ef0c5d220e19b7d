public import Diagnostics
internal import Versions
internal import YAML

/// The list of the charts of a repository.
///
/// Source: Helm, "The Chart Repository Guide", "The index file".
public struct ChartRepositoryIndex: Sendable {
  /// The greatest `index.yaml` in bytes; the largest public ones have 20 to 30 MB.
  public static let maximumBytes = 64 << 20

  /// One version of a chart.
  public struct Entry: Sendable {
    /// The chart's name.
    public let name: String
    /// The version.
    public let version: String
    /// Where its archive is: URLs, perhaps relative to the repository's; the first is taken.
    public let url: String
    /// The SHA-256 of the archive in hexadecimal digits, if it is given.
    public let digest: String?
    let isLibrary: Bool
    let order: SemanticVersion
  }

  /// The versions of each chart, newest first.
  private let versions: [String: [Entry]]
  private let source: String

  private static let fields: Set<String> = ["version", "urls", "digest", "type"]
  /// How many versions an error names.
  private static let shownVersions = 5

  /// Reads an index; what is not needed of it takes no memory.
  ///
  /// Entries without a version or a URL are passed over, as Helm does.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  /// - Throws: `protocol` for what is no index.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    var dialect = YAMLDialect.lenient
    dialect.maxBytes = Self.maximumBytes
    dialect.keeps = { path in path[0] == "entries" && (path.count != 3 || Self.fields.contains(path[2])) }
    let documents = try YAMLReader.documents(bytes, source: source, code: .protocol, dialect: dialect)
    guard let entries = try? documents.first?["entries"]?.entries() else {
      throw SealiftError(
        .protocol, "\(source) is no index of a chart repository: it has no entries",
        nextStep: "check the url of the repository, which index.yaml is looked for under")
    }
    self.source = source
    var versions: [String: [Entry]] = [:]
    for chart in entries where ChartMetadata.isName(chart.key) {
      let found = (chart.value.value.elements ?? []).compactMap { Entry(chart.key, $0) }
      versions[chart.key] = found.sorted { $1.order.precedes($0.order) }
    }
    self.versions = versions
  }

  /// The newest version of each chart that can be installed, by name.
  public var newest: [Entry] {
    versions.keys.sorted().compactMap { name in
      let versions = versions[name]?.filter { !$0.isLibrary } ?? []
      return versions.first { !$0.order.isPrerelease } ?? versions.first
    }
  }

  /// A version of a chart.
  ///
  /// - Parameter version: With or without a `v` before it; the newest that is no pre-release where it is `nil`.
  /// - Throws: `notFound`, with the nearest names or the newest versions.
  public func entry(_ name: String, version: String?) throws(SealiftError) -> Entry {
    guard let known = versions[name], !known.isEmpty else {
      let near = nearestName(to: name, in: versions.keys.sorted())
      throw SealiftError(
        .notFound, "\(source) has no chart \(name)",
        nextStep: near.map { "did you mean \($0)?" } ?? "check the name: `helm search repo` lists what there is")
    }
    guard let version else {
      if let entry = known.first(where: { !$0.order.isPrerelease }) { return entry }
      throw SealiftError(
        .notFound, "\(source) has only pre-releases of the chart \(name)",
        nextStep: "name one with version: \(Self.shown(known))")
    }
    let exact = known.first { $0.version == version }
    if let entry = exact ?? known.first(where: { ChartVersion.isSame($0.version, version) }) { return entry }
    let isRange = ChartVersion(version) == nil
    throw SealiftError(
      .notFound,
      isRange
        ? "'\(version)' is not one version of the chart \(name), and ranges are not supported"
        : "\(source) has no version \(version) of the chart \(name)",
      nextStep: "name one of its versions, of which the newest are \(Self.shown(known))")
  }

  private static func shown(_ entries: [Entry]) -> String {
    entries.prefix(shownVersions).map(\.version).joined(separator: ", ")
  }
}

extension ChartRepositoryIndex.Entry {
  fileprivate init?(_ name: String, _ value: YAMLValue) {
    guard let version = value.text("version"), let order = ChartVersion(version)?.order,
      let url = value["urls"]?.elements?.first?.scalarText, !url.isEmpty
    else { return nil }
    (self.name, self.version, self.url, self.order) = (name, version, url, order)
    digest = value.text("digest").map { $0.hasPrefix("sha256:") ? String($0.dropFirst(7)) : $0 }
    isLibrary = value.text("type") == "library"
  }
}
