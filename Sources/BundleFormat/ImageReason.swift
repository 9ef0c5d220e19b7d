public import Digests
internal import OCI
internal import Versions

/// Why an image is in a bundle, as its index says it and as later commands read it.
///
/// Source: `formats/bundle-v1.md`, "The index", `reason`.
public enum ImageReason: Equatable, Sendable {
  /// The user named it.
  case requested
  /// It is the payload of a release.
  case release(String)
  /// It is part of a release.
  case component(String, of: String)
  /// It is what an update service behind the gap works with.
  case graphData
  /// It is an operator catalog.
  case catalog
  /// It is a bundle of a catalog.
  case operatorBundle(String)
  /// A bundle of a catalog names it.
  case operatorBundleImage(String)
  /// A manifest that was lifted out of an image names it.
  case clusterManifestImage(String)
  /// It is a Helm chart, named with its version.
  case chart(String)
  /// A Helm chart needs it.
  case chartImage(String)
  /// It refers to another image: a signature, an attestation, any referrer.
  case referrer(String)

  private static let releasePrefix = "release "
  private static let componentPrefix = "component "
  private static let componentInfix = " of release "
  private static let graphDataText = "graph data"
  private static let catalogText = "catalog"
  private static let operatorBundlePrefix = "bundle "
  private static let operatorBundleImagePrefix = "image of bundle "
  private static let chartPrefix = "chart "
  private static let chartImagePrefix = "image of chart "
  private static let clusterManifestImagePrefix = "image of manifest "

  /// Reads what an index says.
  public init(_ text: String) {
    if text == Self.requested.text {
      self = .requested
    } else if text == Self.graphDataText {
      self = .graphData
    } else if text == Self.catalogText {
      self = .catalog
    } else if text.hasPrefix(Self.operatorBundlePrefix) {
      self = .operatorBundle(String(text.dropFirst(Self.operatorBundlePrefix.count)))
    } else if text.hasPrefix(Self.operatorBundleImagePrefix) {
      self = .operatorBundleImage(String(text.dropFirst(Self.operatorBundleImagePrefix.count)))
    } else if text.hasPrefix(Self.clusterManifestImagePrefix) {
      self = .clusterManifestImage(String(text.dropFirst(Self.clusterManifestImagePrefix.count)))
    } else if text.hasPrefix(Self.chartPrefix) {
      self = .chart(String(text.dropFirst(Self.chartPrefix.count)))
    } else if text.hasPrefix(Self.chartImagePrefix) {
      self = .chartImage(String(text.dropFirst(Self.chartImagePrefix.count)))
    } else if text.hasPrefix(Self.releasePrefix) {
      self = .release(String(text.dropFirst(Self.releasePrefix.count)))
    } else if text.hasPrefix(Self.componentPrefix), let infix = text.firstRange(of: Self.componentInfix) {
      let name = text[..<infix.lowerBound].dropFirst(Self.componentPrefix.count)
      self = .component(String(name), of: String(text[infix.upperBound...]))
    } else {
      self = .referrer(text)
    }
  }

  /// What an index says.
  public var text: String {
    switch self {
    case .requested: "requested"
    case .release(let release): Self.releasePrefix + release
    case .component(let name, let release): Self.componentPrefix + name + Self.componentInfix + release
    case .graphData: Self.graphDataText
    case .catalog: Self.catalogText
    case .operatorBundle(let name): Self.operatorBundlePrefix + name
    case .operatorBundleImage(let name): Self.operatorBundleImagePrefix + name
    case .clusterManifestImage(let path): Self.clusterManifestImagePrefix + path
    case .chart(let name): Self.chartPrefix + name
    case .chartImage(let name): Self.chartImagePrefix + name
    case .referrer(let text): text
    }
  }
}

extension ImageReason {
  /// Whether a text is one of those that the format has.
  static func isReason(_ text: String) -> Bool {
    switch Self(text) {
    case .requested, .graphData, .catalog: true
    case .release(let name): isRelease(name)
    case .component(let name, of: let release): !name.isEmpty && isRelease(release)
    case .operatorBundle(let name), .operatorBundleImage(let name), .clusterManifestImage(let name): !name.isEmpty
    case .chart(let title), .chartImage(let title): halves(of: title, at: " ") != nil
    case .referrer(let text): isReferrer(text)
    }
  }

  private static func isRelease(_ name: String) -> Bool {
    guard let (version, architecture) = halves(of: name, at: " ") else { return false }
    return SemanticVersion(version) != nil && BundleIndex.Release.architectures.contains(architecture)
  }

  private static func isReferrer(_ text: String) -> Bool {
    guard let (kind, subject) = halves(of: text, at: " of ") else { return false }
    return (CompanionTag.cosign.map(\.kind) + ["referrer"]).contains(kind) && (try? Digest(subject)) != nil
  }

  /// What stands before and behind a separator, if both are something.
  private static func halves(of text: String, at separator: String) -> (String, String)? {
    guard let range = text.firstRange(of: separator), range.lowerBound > text.startIndex,
      range.upperBound < text.endIndex
    else { return nil }
    return (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
  }
}

extension ImageReason {
  /// For a referrer: the digest that its text ends with.
  public var subject: Digest? {
    guard case .referrer(let text) = self, let last = text.split(separator: " ").last else { return nil }
    return try? Digest(String(last))
  }
}
