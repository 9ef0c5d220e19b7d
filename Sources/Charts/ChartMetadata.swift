public import Diagnostics
internal import OCI
internal import Versions
internal import YAML

/// What `Chart.yaml` says of a chart.
///
/// Source: Helm, "Charts", "The Chart.yaml File".
public struct ChartMetadata: Sendable {
  /// The greatest `Chart.yaml` in bytes; real ones have some KiB, with their list of changes.
  public static let maximumBytes = 1 << 20

  /// The name.
  public let name: String
  /// The version, as it is written: often with a `v` before it.
  public let version: String
  /// The version of what is installed, if it is given.
  public let appVersion: String?
  /// Whether it holds helpers for other charts alone, and nothing that can be installed.
  public let isLibrary: Bool
  /// The whole file.
  let value: YAMLValue
  /// The charts that it needs.
  var dependencies: [YAMLValue]

  /// Reads a `Chart.yaml`.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  /// - Throws: `protocol` for what is not YAML, or has no name or no version that a chart can have.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    let documents = try YAMLReader.documents(bytes, source: source, code: .protocol, dialect: .lenient)
    value = documents.first?.value ?? .mapping([])
    guard let name = value.text("name"), Self.isName(name) else {
      throw Self.error(source, "has no name of letters, digits, '-', '.' and '_'")
    }
    guard let version = value.text("version"), ChartVersion(version) != nil else {
      throw Self.error(source, "has no version of three numbers")
    }
    (self.name, self.version) = (name, version)
    appVersion = value.helmText("appVersion")
    dependencies = value["dependencies"]?.elements ?? []
    isLibrary = value.text("type") == "library"
  }

  /// The name and the version, as messages have them.
  public var title: String { "\(name) \(version)" }

  /// The repository at the target, without the target's own path.
  ///
  /// - Throws: `configuration` for a name that no registry takes.
  public var repository: String {
    get throws(SealiftError) {
      let repository = "charts/\(name)"
      guard ImageReference.isRepository(repository) else {
        throw SealiftError(
          .configuration, "the chart \(name) cannot be in a registry, where a name is in lower case",
          nextStep: "package the chart under another name, or leave it out")
      }
      return repository
    }
  }

  /// The tag at the target: the version, with `_` for `+`.
  ///
  /// Source: Helm, "Use OCI-based registries": a tag cannot have a plus sign.
  ///
  /// - Throws: `configuration` for a version that is too long.
  public var tag: String {
    get throws(SealiftError) {
      let tag = version.replacing("+", with: "_")
      guard ImageReference.isTag(tag) else {
        throw SealiftError(
          .configuration, "the version of the chart \(name) is too long for a tag", nextStep: "leave the chart out")
      }
      return tag
    }
  }

  /// Whether `text` can be the name of a chart.
  ///
  /// Source: Helm, pkg/chart, `Metadata.Validate`, and pkg/chartutil, `chartName`.
  static func isName(_ text: String) -> Bool {
    (1...250).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-._".utf8.contains(byte)
        }
      } && text != "." && text != ".."
  }

  private static func error(_ source: String, _ problem: String) -> SealiftError {
    SealiftError(.protocol, "\(source) \(problem)", nextStep: "ask the publisher for a sound chart")
  }
}
