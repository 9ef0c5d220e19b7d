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
  /// `skipDependencies`: whether what its bundles need is only named.
  public let skipsDependencies: Bool
  /// What the user should know of how this is read: one sentence each.
  let notes: [String]
  /// Where its name stands in the file.
  public let position: YAMLPosition

  /// Whether no part of the catalog is named.
  public var isWhole: Bool { request.packages.isEmpty }

  /// - Parameters:
  ///   - node: The element of the list.
  ///   - top: The key above the list.
  init(_ node: YAMLNode, under top: String = "mirror") throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(top).operators[]",
      honoured: [
        "catalog", "full", "packages", "targetCatalog", "targetTag", "targetCatalogSourceTemplate", "skipDependencies",
      ], later: ["platforms"])
    let name = try stanza.required("catalog")
    position = name.position
    catalog = try Self.origin(name)
    request = try CatalogRequest(stanza)
    targetCatalog = try stanza.checked(
      "targetCatalog", "a repository's path without a tag, such as team/catalog", ImageReference.isRepository)
    targetTag = try stanza.checked("targetTag", "a tag", ImageReference.isTag)
    template = try stanza.checked("targetCatalogSourceTemplate", "the path of a file") { !$0.isEmpty }
    skipsDependencies = try stanza.flag("skipDependencies")
    notes = [Self.note(onDependencies: stanza, skipsDependencies)].compactMap(\.self)
  }

  private static func origin(_ node: YAMLNode) throws(SealiftError) -> Origin {
    let text = try node.string()
    do throws(SealiftError) { return try Origin(text) } catch {
      throw node.position.error(error.problem, nextStep: error.nextStep)
    }
  }

  private static func note(onDependencies stanza: Stanza, _ isSkipping: Bool) -> String? {
    guard let node = stanza["skipDependencies"] else { return nil }
    let effect =
      isSkipping
      ? "skipDependencies: what bundles of this catalog need is named, and may be missing"
      : "skipDependencies: false adds nothing by itself; pass --with-dependencies for that"
    return "\(node.position.description): \(effect)"
  }
}

extension CatalogRequest {
  /// - Parameter stanza: One of `mirror.operators`.
  fileprivate init(_ stanza: Stanza) throws(SealiftError) {
    let isFull = try stanza.flag("full")
    let packages = try stanza.uniqueList("packages", "package") { (node) throws(SealiftError) in
      try PackageRequest(node, of: stanza.path, isFull: isFull)
    }
    self.init(packages: packages, isFull: isFull)
  }
}

extension PackageRequest {
  fileprivate init(_ node: YAMLNode, of catalog: String, isFull: Bool) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(catalog).packages[]",
      honoured: ["name", "defaultChannel", "minVersion", "maxVersion", "channels"])
    let bounds = try stanza.bounds(isFull: isFull)
    let channels = try stanza.uniqueList("channels", "channel") { (node) throws(SealiftError) in
      let channel = try ChannelRequest(node, of: stanza.path, isFull: isFull)
      guard bounds.isEmpty || channel.bounds.isEmpty else {
        throw node.position.error(
          "the channel '\(channel.name)' has versions of its own, and its package has some too",
          nextStep: "write the versions under each channel, and not under the package")
      }
      return channel
    }
    self.init(
      name: try stanza.name(), channels: channels, bounds: bounds,
      defaultChannel: try stanza.checked("defaultChannel", "the name of a channel") { !$0.isEmpty })
  }
}

extension ChannelRequest {
  fileprivate init(_ node: YAMLNode, of package: String, isFull: Bool) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "\(package).channels[]", honoured: ["name", "minVersion", "maxVersion"])
    self.init(name: try stanza.name(), bounds: try stanza.bounds(isFull: isFull))
  }
}

extension Stanza {
  /// The text under `name`, which must be there and not be empty.
  fileprivate func name() throws(SealiftError) -> String {
    let node = try required("name")
    let name = try node.string()
    guard !name.isEmpty else { throw node.position.error("the name is empty") }
    return name
  }

  /// `minVersion` and `maxVersion`.
  ///
  /// - Parameter isFull: Whether all versions are asked for already.
  fileprivate func bounds(isFull: Bool) throws(SealiftError) -> VersionBounds {
    let bounds = VersionBounds(minimum: try version("minVersion"), maximum: try version("maxVersion"))
    guard !bounds.isEmpty, let place = (self["minVersion"] ?? self["maxVersion"])?.position else { return bounds }
    guard !isFull else {
      throw place.error(
        "versions are asked for in a catalog with full: true, which asks for all of them",
        nextStep: "remove full: true, or the versions")
    }
    guard !bounds.isContradictory else {
      throw place.error("no version lies within \(bounds): the lowest is above the highest")
    }
    return bounds
  }

  /// A list whose elements have different names.
  fileprivate func uniqueList<Element>(
    _ field: String, _ what: String, _ read: (YAMLNode) throws(SealiftError) -> Element
  ) throws(SealiftError) -> [Element] {
    var lines: [String: Int] = [:]
    return try list(field) { (node) throws(SealiftError) in
      let element = try read(node)
      if let name = node["name"] {
        let text = try name.string()
        if let line = lines.updateValue(name.position.line, forKey: text) {
          throw name.position.error("the \(what) '\(text)' stands twice, first in line \(line)")
        }
      }
      return element
    }
  }
}
