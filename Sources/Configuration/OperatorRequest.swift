public import Catalog
public import Diagnostics
public import OCI
internal import Versions
public import YAML

/// One catalog of `mirror.operators`, and what is wanted of it.
public struct OperatorRequest: Sendable {
  /// Where a catalog is.
  public enum Origin: Sendable, Hashable, CustomStringConvertible {
    /// An image in a registry.
    case registry(ImageReference)
    /// An image in an OCI layout on disk: `oci://DIR[:NAME]` or `oci:DIR[:NAME]`.
    case layout(OCILayoutAddress)
    /// A directory of catalog files: `dir:DIR`.
    case directory(String)

    /// What the place of a directory begins with.
    public static let directoryPrefix = "dir:"

    /// Reads a place as it is written.
    ///
    /// - Throws: `usage`.
    public init(_ text: String) throws(SealiftError) {
      let doubled = OCILayoutAddress.prefix + "//"
      if text.hasPrefix(Self.directoryPrefix) {
        let path = String(text.dropFirst(Self.directoryPrefix.count))
        guard !path.isEmpty else {
          throw SealiftError(.usage, "'\(text)' names no directory", nextStep: "write it as dir:PATH")
        }
        self = .directory(path)
      } else if text.hasPrefix(doubled) {
        self = .layout(try OCILayoutAddress(OCILayoutAddress.prefix + text.dropFirst(doubled.count)))
      } else if text.hasPrefix(OCILayoutAddress.prefix) {
        self = .layout(try OCILayoutAddress(text))
      } else {
        self = .registry(try ImageReference(text))
      }
    }

    /// The place as it is written.
    public var description: String {
      switch self {
      case .registry(let reference): reference.description
      case .layout(let address): address.description
      case .directory(let path): Self.directoryPrefix + path
      }
    }
  }

  /// `catalog`: where it is.
  public let catalog: Origin
  /// `packages` and `full`: what is wanted of it.
  public let request: CatalogRequest
  /// `targetCatalog`: the repository in the target, in place of the one it comes from.
  public let targetCatalog: String?
  /// `targetTag`: the tag in the target, in place of the one it comes from.
  public let targetTag: String?
  /// `targetCatalogSourceTemplate`: the path of a file that the CatalogSource is made of.
  public let template: String?
  /// `platforms`: those of which its images are wanted, where they are lists; none for all.
  public let platforms: [Platform]
  /// `skipDependencies`: whether what its bundles need is only named.
  public let skipsDependencies: Bool
  /// Where its name stands in the file.
  public let position: YAMLPosition

  /// Whether no part of the catalog is named.
  public var isWhole: Bool { request.packages.isEmpty }

  /// - Parameters:
  ///   - node: The element of the list.
  ///   - top: The key above the list.
  init(_ node: YAMLNode, under top: String = "mirror", _ findings: Findings) throws(SealiftError) {
    let index = "the index of a bundle says what was chosen of a catalog"
    let stanza = try Stanza(
      node, path: "\(top).operators[]",
      Stanza.Fields(
        honoured: [
          "catalog", "full", "packages", "targetCatalog", "targetTag", "targetCatalogSourceTemplate",
          "skipDependencies", "headsOnly", "targetName",
        ] + Stanza.packedPlatforms(top),
        idle: [
          "originalRef": "a catalog on disk goes where targetCatalog says", "pullSecret": Stanza.pullSecret,
          "writeIndex": index, "inlineIndex": index,
        ].merging(Stanza.idlePlatforms(top)) { first, _ in first }), findings)
    platforms = stanza.platforms()
    request = CatalogRequest(stanza)
    targetTag = stanza.text("targetTag", "a tag", ImageReference.isTag)
    template = stanza.text("targetCatalogSourceTemplate")
    skipsDependencies = stanza.flag("skipDependencies")
    if let node = stanza["skipDependencies"] {
      findings.note(
        node.position,
        skipsDependencies
          ? "skipDependencies: what bundles of this catalog need is named, and may be missing"
          : "skipDependencies: false adds nothing by itself; pass --with-dependencies for that")
    }
    let targetCatalog = stanza.text(
      "targetCatalog", "a repository's path without a tag, such as team/catalog", ImageReference.isRepository)
    let name = try stanza.required("catalog")
    position = name.position
    catalog = try Self.origin(name)
    self.targetCatalog = targetCatalog ?? Self.renamed(catalog, stanza)
  }

  /// What oc-mirror v1's `targetName` means: another last part of the catalog's path.
  private static func renamed(_ catalog: Origin, _ stanza: Stanza) -> String? {
    let name = stanza.text("targetName", "the last part of a repository's path") {
      ImageReference.isRepository($0) && !$0.contains("/")
    }
    guard let name, let node = stanza["targetName"] else { return nil }
    var parts: [Substring] = []
    if case .registry(let reference) = catalog { parts = reference.repository.split(separator: "/").dropLast() }
    let path = (parts + [Substring(name)]).joined(separator: "/")
    stanza.findings.note(
      node.position,
      stanza["targetCatalog"] == nil
        ? "targetName is oc-mirror v1's, and is read as targetCatalog: \(path)"
        : "targetName has no effect, because targetCatalog is there too")
    return path
  }

  private static func origin(_ node: YAMLNode) throws(SealiftError) -> Origin {
    let text = try node.string()
    do throws(SealiftError) { return try Origin(text) } catch {
      throw node.position.error(error.problem, nextStep: error.nextStep)
    }
  }
}

extension CatalogRequest {
  /// - Parameter stanza: One of `mirror.operators`.
  fileprivate init(_ stanza: Stanza) {
    let isFull = stanza["full"] == nil ? !stanza.isOnlyHeads : stanza.flag("full")
    let packages = stanza.uniqueList("packages", "package", \.name) { (node) throws(SealiftError) in
      try PackageRequest(node, of: stanza.path, isFull: isFull, stanza.findings)
    }
    self.init(packages: packages, isFull: isFull)
  }
}

extension PackageRequest {
  fileprivate init(
    _ node: YAMLNode, of catalog: String, isFull: Bool, _ findings: Findings
  ) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(catalog).packages[]",
      Stanza.Fields(
        honoured: ["name", "defaultChannel", "minVersion", "maxVersion", "channels"] + Stanza.olderBounds,
        idle: ["selectors": "all images of the bundles that are kept are packed"],
        older: Stanza.olderNames), findings)
    let bounds = stanza.bounds(isFull: isFull)
    let channels = stanza.uniqueList("channels", "channel", \.name) { (node) throws(SealiftError) in
      let channel = try ChannelRequest(node, of: stanza.path, isFull: isFull, findings)
      guard bounds.isEmpty || channel.bounds.isEmpty else {
        throw node.position.error(
          "the channel '\(channel.name)' has versions of its own, and its package has some too",
          nextStep: "write the versions under each channel, and not under the package")
      }
      return channel
    }
    let defaultChannel = stanza.text("defaultChannel")
    self.init(
      name: try stanza.requiredText("name"), channels: channels, bounds: bounds, defaultChannel: defaultChannel)
  }
}

extension ChannelRequest {
  fileprivate init(
    _ node: YAMLNode, of package: String, isFull: Bool, _ findings: Findings
  ) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(package).channels[]",
      Stanza.Fields(
        honoured: ["name", "minVersion", "maxVersion"] + Stanza.olderBounds, older: Stanza.olderNames), findings)
    let bounds = stanza.bounds(isFull: isFull)
    self.init(name: try stanza.requiredText("name"), bounds: bounds)
  }
}

extension Stanza {
  /// What bounds were in oc-mirror v1 alone.
  fileprivate static var olderBounds: [String] { ["versions", "minBundle", "bundles"] }
  fileprivate static var olderNames: [String: String] {
    ["startingVersion": "minVersion", "startingBundle": "minBundle"]
  }

  /// `headsOnly`, which the first format had in place of `full`; `true` where it is absent.
  fileprivate var isOnlyHeads: Bool {
    guard let node = self["headsOnly"] else { return true }
    let isOnlyHeads = flag("headsOnly")
    findings.note(node.position, "headsOnly is oc-mirror v1's, and is read as full: \(!isOnlyHeads)")
    return isOnlyHeads
  }

  /// `minVersion` and `maxVersion`.
  ///
  /// - Parameter isFull: Whether all versions are asked for already.
  fileprivate func bounds(isFull: Bool) -> VersionBounds {
    let bounds = VersionBounds(from: limit("minVersion") ?? lowestOfVersions(), to: limit("maxVersion"))
    refuseBundles()
    guard !bounds.isEmpty else { return bounds }
    let place = ["minVersion", "maxVersion", "versions"].lazy.compactMap { self[$0] }.first?.position ?? position
    if isFull {
      findings.fault(
        place, "versions are asked for in a catalog with full: true, which asks for all of them",
        nextStep: "remove full: true, or the versions")
    } else if bounds.isContradictory {
      findings.fault(place, "no version lies within \(bounds): the lowest is above the highest")
    }
    return bounds
  }

  /// What oc-mirror v1's `versions` means: from the lowest of them to the head.
  private func lowestOfVersions() -> VersionLimit? {
    let limits = list("versions") { (node) throws(SealiftError) in
      let text = try text(node)
      guard let limit = VersionLimit(text) else {
        throw node.position.error("'\(text.prefix(100))' is not a version such as 4.18.1 or 4.18")
      }
      return limit
    }
    guard let lowest = limits.min(by: { $0.version.precedes($1.version) }), let node = self["versions"] else {
      return nil
    }
    findings.note(node.position, "versions is oc-mirror v1's, and is read as minVersion: \(lowest)")
    return lowest
  }

  /// Names with what to write in their place the bundles that oc-mirror v1 took as bounds.
  private func refuseBundles() {
    for field in ["minBundle", "bundles"] {
      guard let node = self[field] else { continue }
      findings.fault(
        node.position, "\(field) names bundles, and only versions are bounds here",
        nextStep: "write the version of the lowest of them as minVersion: `sealift list operators` shows both")
    }
  }

  /// A list whose elements have different names.
  fileprivate func uniqueList<Element>(
    _ field: String, _ what: String, _ name: (Element) -> String,
    _ read: (YAMLNode) throws(SealiftError) -> Element
  ) -> [Element] {
    var lines: [String: Int] = [:]
    return list(field) { (node) throws(SealiftError) in
      let element = try read(node)
      let position = node["name"]?.position ?? node.position
      if let line = lines.updateValue(position.line, forKey: name(element)) {
        throw position.error("the \(what) '\(name(element))' stands twice, first in line \(line)")
      }
      return element
    }
  }
}
