public import Diagnostics
internal import YAML

/// A chart and the charts in it, as far as they say which images they need.
///
/// Source: Helm, "Charts", "The Chart File Structure".
public struct Chart: Sendable {
  /// How deep charts are looked for in charts; two is real.
  public static let maximumDepth = 8
  /// The greatest `values.yaml` in bytes.
  public static let maximumValues = YAMLReader.maxBytes

  /// What the chart says of itself.
  public let metadata: ChartMetadata
  let values: YAMLValue
  let subcharts: [Chart]
  /// The names under which the chart's values have those of charts in it, by their own names.
  let aliases: [String: [String]]
  /// Why its values are not known: a sentence.
  let unreadValues: String?

  /// The file that tells a chart's name.
  static let metadataFile = "Chart.yaml"
  private static let valuesFile = "values.yaml"
  private static let requirementsFile = "requirements.yaml"
  private static let directory = "charts"

  /// The greatest size with which a file is wanted; `nil` for one that is not read.
  ///
  /// - Parameter path: Its path in the chart; a chart that is packed within stands for the directory of its name.
  public static func limit(of path: String) -> Int? {
    var parts = path.split(separator: "/")
    while parts.count > 2, parts[0] == directory, !isHidden(parts[1]) { parts.removeFirst(2) }
    guard parts.count == 1 else { return nil }
    switch parts[0] {
    case metadataFile, requirementsFile: return ChartMetadata.maximumBytes
    case valuesFile: return maximumValues
    default: return nil
    }
  }

  /// Whether a file is a chart that is packed within another.
  public static func isPacked(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    return parts.count >= 2 && parts[parts.count - 2] == directory && path.hasSuffix(".tgz")
      && !isHidden(parts[parts.count - 1])
  }

  /// Reads a chart.
  ///
  /// - Parameters:
  ///   - files: The files for which `limit(of:)` is not `nil`, by their paths in the chart.
  ///   - source: The chart's name, for messages.
  /// - Throws: `protocol` for one without a `Chart.yaml`, or with one that is wrong, or with charts that are nested too
  ///   deep.
  public init(_ files: [String: [UInt8]], source: String) throws(SealiftError) {
    try self.init(files, source: source, depth: 0)
  }

  private init(_ files: [String: [UInt8]], source: String, depth: Int) throws(SealiftError) {
    guard depth <= Self.maximumDepth else {
      throw Self.error("\(source) nests charts deeper than \(Self.maximumDepth)")
    }
    guard let file = files[Self.metadataFile] else { throw Self.error("\(source) has no \(Self.metadataFile)") }
    var metadata = try ChartMetadata(file, source: "\(Self.metadataFile) of \(source)")
    metadata.dependencies = Self.requirements(files[Self.requirementsFile]) ?? metadata.dependencies
    self.metadata = metadata
    aliases = Self.aliases(metadata.dependencies)
    do throws(SealiftError) {
      let name = "\(Self.valuesFile) of \(source)"
      let documents = try YAMLReader.documents(
        files[Self.valuesFile] ?? [], source: name, code: .protocol, dialect: .lenient)
      values = documents.first?.value ?? .mapping([])
      unreadValues = nil
    } catch {
      values = .mapping([])
      unreadValues = error.problem
    }
    var subcharts: [Chart] = []
    for (name, files) in Self.split(files).sorted(by: { $0.key < $1.key }) {
      subcharts.append(try Chart(files, source: "\(Self.directory)/\(name) of \(source)", depth: depth + 1))
    }
    self.subcharts = subcharts
  }

  /// The files of each chart in `charts/`, those of the chart itself left out.
  private static func split(_ files: [String: [UInt8]]) -> [String: [String: [UInt8]]] {
    var split: [String: [String: [UInt8]]] = [:]
    for (path, bytes) in files {
      let parts = path.split(separator: "/", maxSplits: 2)
      guard parts.count == 3, parts[0] == directory else { continue }
      split[String(parts[1]), default: [:]][String(parts[2])] = bytes
    }
    return split
  }

  /// Source: Helm, pkg/chart/loader: where old charts have their dependencies; they count before those of `Chart.yaml`.
  private static func requirements(_ file: [UInt8]?) -> [YAMLValue]? {
    guard let file else { return nil }
    let document = try? YAMLReader.documents(file, source: requirementsFile, dialect: .lenient).first
    return document?.value["dependencies"]?.elements
  }

  /// Source: Helm, "Alias field in dependencies".
  private static func aliases(_ dependencies: [YAMLValue]) -> [String: [String]] {
    var aliases: [String: [String]] = [:]
    for dependency in dependencies {
      guard let name = dependency.text("name") else { continue }
      let alias = dependency.text("alias") ?? name
      if !aliases[name, default: []].contains(alias) { aliases[name, default: []].append(alias) }
    }
    return aliases
  }

  /// Source: Helm, pkg/chart/loader: what begins with `_` or `.` is no chart.
  private static func isHidden(_ name: Substring) -> Bool { name.hasPrefix("_") || name.hasPrefix(".") }

  private static func error(_ problem: String) -> SealiftError {
    SealiftError(.protocol, problem, nextStep: "ask the publisher for a sound chart")
  }
}
