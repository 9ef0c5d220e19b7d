public import Digests
internal import OCI
internal import Versions

/// Why an image is in a bundle, as its index says it and as later commands read it.
///
/// Source: `formats/bundle-v1.md`, "The index", `reason`.
public enum ImageReason: Hashable, Sendable, LosslessStringConvertible {
  /// The user named it.
  case requested
  /// It is the payload of a release.
  case release(String)
  /// It is part of a release.
  // Indirect, so that the many reasons of an index take no more room than their texts.
  indirect case component(String, of: String)
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
  indirect case referrer(String, of: Digest)

  private static let releasePrefix = "release "
  private static let componentPrefix = "component "
  private static let componentInfix = " of release "
  private static let referrerInfix = " of "
  private static let requestedText = "requested"
  private static let graphDataText = "graph data"
  private static let catalogText = "catalog"
  private static let operatorBundlePrefix = "bundle "
  private static let operatorBundleImagePrefix = "image of bundle "
  private static let chartPrefix = "chart "
  private static let chartImagePrefix = "image of chart "
  private static let clusterManifestImagePrefix = "image of manifest "

  /// Reads what an index says.
  ///
  /// - Returns: `nil` for what is none of the reasons that the format has.
  public init?(_ text: String) {
    guard let reason = Self.parsed(text), reason.isWellFormed else { return nil }
    self = reason
  }

  private static func parsed(_ text: String) -> ImageReason? {
    func rest(behind prefix: String) -> String? {
      text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
    if text == requestedText { return .requested }
    if text == graphDataText { return .graphData }
    if text == catalogText { return .catalog }
    if let name = rest(behind: operatorBundlePrefix) { return .operatorBundle(name) }
    if let name = rest(behind: operatorBundleImagePrefix) { return .operatorBundleImage(name) }
    if let path = rest(behind: clusterManifestImagePrefix) { return .clusterManifestImage(path) }
    if let title = rest(behind: chartPrefix) { return .chart(title) }
    if let title = rest(behind: chartImagePrefix) { return .chartImage(title) }
    if let name = rest(behind: releasePrefix) { return .release(name) }
    if let component = rest(behind: componentPrefix), let infix = component.firstRange(of: componentInfix) {
      return .component(String(component[..<infix.lowerBound]), of: String(component[infix.upperBound...]))
    }
    guard let (kind, subject) = halves(of: text, at: referrerInfix), let digest = try? Digest(subject) else {
      return nil
    }
    return .referrer(kind, of: digest)
  }

  /// What an index says.
  public var description: String {
    switch self {
    case .requested: Self.requestedText
    case .release(let release): Self.releasePrefix + release
    case .component(let name, let release): Self.componentPrefix + name + Self.componentInfix + release
    case .graphData: Self.graphDataText
    case .catalog: Self.catalogText
    case .operatorBundle(let name): Self.operatorBundlePrefix + name
    case .operatorBundleImage(let name): Self.operatorBundleImagePrefix + name
    case .clusterManifestImage(let path): Self.clusterManifestImagePrefix + path
    case .chart(let name): Self.chartPrefix + name
    case .chartImage(let name): Self.chartImagePrefix + name
    case .referrer(let kind, let subject): kind + Self.referrerInfix + subject.description
    }
  }
}

extension ImageReason {
  /// Whether its parts are what the format says.
  private var isWellFormed: Bool {
    switch self {
    case .requested, .graphData, .catalog: true
    case .release(let name): Self.isRelease(name)
    case .component(let name, of: let release): !name.isEmpty && Self.isRelease(release)
    case .operatorBundle(let name), .operatorBundleImage(let name), .clusterManifestImage(let name): !name.isEmpty
    case .chart(let title), .chartImage(let title): Self.halves(of: title, at: " ") != nil
    case .referrer(let kind, of: _): (CompanionTag.cosign.map(\.kind) + [Self.referrerKind]).contains(kind)
    }
  }

  private static func isRelease(_ name: String) -> Bool {
    guard let (version, architecture) = halves(of: name, at: " ") else { return false }
    return SemanticVersion(version) != nil && BundleIndex.Release.architectures.contains(architecture)
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
  /// What a referrer is of which nothing more is known.
  public static let referrerKind = "referrer"

  /// For a referrer: what it refers to.
  public var subject: Digest? {
    if case .referrer(_, of: let subject) = self { subject } else { nil }
  }
}
