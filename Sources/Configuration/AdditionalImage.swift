internal import Diagnostics
public import OCI
public import YAML

/// One image of `mirror.additionalImages`.
public struct AdditionalImage: Sendable {
  /// Where the image comes from.
  public enum Origin: Sendable, Equatable {
    case registry(ImageReference)
    /// An OCI layout on disk: `DIR` or `DIR:NAME`, without the `oci:` before it.
    case layout(String)
    /// A directory that `oc` has mirrored into, and what is wanted of it.
    case mirror(MirrorDirectoryAddress)
  }

  /// Where it comes from.
  public let origin: Origin
  /// `targetRepo`: the repository in the target, in place of the one it comes from.
  public let targetRepository: String?
  /// `targetTag`: the tag in the target, in place of the one it comes from.
  public let targetTag: String?
  /// `platforms`: those of which its images are wanted, if it is a list; none for all.
  public let platforms: [Platform]
  /// Where its name stands in the file.
  public let position: YAMLPosition

  /// - Parameters:
  ///   - node: The element of the list.
  ///   - top: The key above the list.
  init(_ node: YAMLNode, under top: String = "mirror", _ findings: Findings) throws(SealiftError) {
    let path = "\(top).additionalImages[]"
    if case .scalar(let name, _) = node.content, !name.isEmpty {
      throw node.position.error("\(path) has a name: write it as name: \(name.prefix(200))")
    }
    let stanza = try Stanza(
      node, path: path,
      Stanza.Fields(
        honoured: ["name", "targetRepo", "targetTag"] + Stanza.packedPlatforms(top),
        idle: ["pullSecret": Stanza.pullSecret].merging(Stanza.idlePlatforms(top)) { first, _ in first }), findings)
    platforms = stanza.platforms()
    targetRepository = stanza.text("targetRepo", "a repository's path, such as team/app", ImageReference.isRepository)
    targetTag = stanza.text("targetTag", "a tag", ImageReference.isTag)
    let name = try stanza.required("name")
    position = name.position
    origin = try Self.origin(name, findings)
  }

  private static func origin(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) -> Origin {
    let text = try node.string()
    for prefix in ["oci://", "oci:"] where text.hasPrefix(prefix) {
      let layout = String(text.dropFirst(prefix.count))
      guard !layout.isEmpty else { throw node.position.error("'\(text)' names no directory") }
      return .layout(layout)
    }
    do throws(SealiftError) {
      if text.hasPrefix(MirrorDirectoryAddress.prefix) { return .mirror(try MirrorDirectoryAddress(text)) }
      return .registry(try ImageReference(text))
    } catch {
      // oc-mirror v1 took such a name so, and v2 leaves the image out with a warning.
      if let reference = try? ImageReference("\(text):latest") {
        findings.warn(node.position, "'\(text)' has neither a tag nor a digest, and is read as \(reference)")
        return .registry(reference)
      }
      throw node.position.error(error.problem, nextStep: error.nextStep)
    }
  }
}
