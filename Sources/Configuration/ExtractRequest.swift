internal import Diagnostics
public import OCI
public import YAML

/// One entry of `mirror.extract`: cluster manifests that are files in an image.
public struct ExtractRequest: Sendable {
  /// What the value of an environment variable is of the references that a cluster composes.
  public enum Part: String, Sendable, CaseIterable {
    /// The registry's host.
    case host
    /// The path below the host.
    case path
  }

  /// The image.
  public let image: ImageReference
  /// The paths of the files, each beginning with `/`, without `.`, `..` and empty components.
  public let paths: [String]
  /// Whether the objects shall name their images at the mirror, and these are packed.
  public let rewritesImages: Bool
  /// The variables from whose values a cluster composes references.
  public let variables: [Part: String]
  /// The profiles that the objects belong to, sorted; none: all.
  public let profiles: [String]
  /// Where the image's name stands in the file.
  public let position: YAMLPosition

  // More files than any image has manifests; each is fetched into memory.
  private static let maximumPaths = 64

  /// - Parameter node: The element of the list.
  init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.extract[]",
      Stanza.Fields(honoured: ["image", "paths", "rewriteImages", "variables", "profiles"]), findings)
    profiles = stanza.profiles()
    let name = try stanza.required("image")
    position = name.position
    do throws(SealiftError) { image = try ImageReference(name.string()) } catch {
      throw name.position.error(error.problem, nextStep: error.nextStep)
    }
    paths = try Self.paths(stanza)
    rewritesImages = try stanza["rewriteImages"]?.bool() ?? true
    variables = try stanza["variables"].map { (node) throws(SealiftError) in try Self.variables(node) } ?? [:]
    if !rewritesImages, !variables.isEmpty {
      throw position.error("variables have no effect with rewriteImages: false", nextStep: "remove one of them")
    }
  }

  private static func paths(_ stanza: Stanza) throws(SealiftError) -> [String] {
    var seen: Set<String> = []
    var paths: [String] = []
    let node = try stanza.required("paths")
    for node in try node.elements() {
      let path = try node.string()
      let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      guard path.hasPrefix("/"), !parts.contains(where: { ["", ".", ".."].contains($0) }), !path.contains("\0") else {
        throw node.position.error(
          "'\(path.prefix(200))' is not the path of a file from the image's root",
          nextStep: "write it with / at the start and without . and .. in it, for example /operator.yml")
      }
      guard seen.insert(path).inserted else { throw node.position.error("the path '\(path)' stands twice") }
      paths.append(path)
    }
    guard (1...maximumPaths).contains(paths.count) else {
      throw node.position.error("paths names \(paths.count) files, and 1 to \(maximumPaths) are possible")
    }
    return paths
  }

  private static func variables(_ node: YAMLNode) throws(SealiftError) -> [Part: String] {
    var variables: [Part: String] = [:]
    let parts = Part.allCases.map(\.rawValue).joined(separator: " or ")
    for entry in try node.entries() {
      guard let part = Part(rawValue: try entry.value.string()) else {
        throw entry.value.position.error("the value of \(entry.key.prefix(100)) is one of an image's parts: \(parts)")
      }
      guard variables.updateValue(entry.key, forKey: part) == nil else {
        throw entry.position.error("a second variable is the \(part.rawValue)", nextStep: "name one for each part")
      }
    }
    if !variables.isEmpty, variables[.host] == nil {
      throw node.position.error("no variable is the host", nextStep: "add it, for example REGISTRY: host")
    }
    return variables
  }
}

extension [ExtractRequest] {
  /// Refuses to read one file of an image for two entries.
  func checkDoubles(_ findings: Findings) {
    var lines: [String: Int] = [:]
    for request in self {
      for path in request.paths {
        guard let line = lines.updateValue(request.position.line, forKey: "\(request.image) \(path)") else { continue }
        findings.fault(
          request.position, "\(path) of \(request.image) is asked for twice, first in line \(line)",
          nextStep: "leave one of them, with the profiles of both")
      }
    }
  }
}
