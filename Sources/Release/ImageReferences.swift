public import Diagnostics
internal import Digests
internal import JSON
public import OCI
public import Versions

/// The images that a release consists of, as its payload lists them.
///
/// Source: the file `release-manifests/image-references` of a payload, an ImageStream (image.openshift.io/v1).
public struct ImageReferences: Sendable {
  /// One image of the release.
  public struct Component: Sendable, Hashable {
    /// The name, for example `machine-config-operator`; unique in the release, and fit for a tag.
    public let name: String
    /// The image, by digest.
    public let image: ImageReference
  }

  /// The place in a payload.
  public static let path = "release-manifests/image-references"
  /// The greatest size in bytes: thirty times that of a real one with 190 components.
  public static let maximumBytes = 4 << 20
  /// The greatest number of components; real releases have about 190.
  public static let maximumComponents = 2_000

  /// The version of the release.
  public let version: SemanticVersion
  /// The components, sorted by name.
  public let components: [Component]

  /// Reads the file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - release: What the release is called in messages, for example `quay.io/…/ocp-release:4.18.1-x86_64`.
  /// - Throws: `protocol` for anything but an ImageStream of images by digest, and for one that is too large.
  public init(_ bytes: [UInt8], release: String) throws(SealiftError) {
    guard bytes.count <= Self.maximumBytes else {
      throw Self.error(
        release, "has an image-references of \(bytes.count.asBytes), and at most \(Self.maximumBytes.asBytes) are read")
    }
    var stream = ImageStream()
    try JSONReader.read(bytes, source: "image-references of release \(release)") { (reader) throws(SealiftError) in
      try reader.object { (reader, name) throws(SealiftError) in try stream.read(name, from: &reader) }
    }
    guard stream.kind == "ImageStream" else {
      throw Self.error(release, "has an image-references that is no ImageStream")
    }
    guard let name = stream.name, let version = SemanticVersion(name) else {
      throw Self.error(release, "names its version '\(stream.name ?? "")', which is no semantic version")
    }
    guard !stream.tags.isEmpty, stream.tags.count <= Self.maximumComponents else {
      throw Self.error(release, "has \(stream.tags.count) components, and 1 to \(Self.maximumComponents) are possible")
    }
    self.version = version
    var seen: Set<String> = []
    var components: [Component] = []
    for tag in stream.tags {
      let component = try Self.component(tag, release)
      guard seen.insert(component.name).inserted else {
        throw Self.error(release, "has the component \(component.name) twice")
      }
      components.append(component)
    }
    self.components = components.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The image of a component.
  public subscript(name: String) -> ImageReference? { components.first { $0.name == name }?.image }

  private static func component(_ tag: ImageStream.Tag, _ release: String) throws(SealiftError) -> Component {
    guard ImageReference.isTag(tag.name) else { throw error(release, "has a component of the name '\(tag.name)'") }
    let image: ImageReference
    do throws(SealiftError) { image = try ImageReference(tag.image) } catch {
      throw Self.error(release, "has component \(tag.name) without a usable image: \(error.problem)")
    }
    guard tag.imageKind == "DockerImage", image.digest != nil else {
      throw error(release, "names component \(tag.name) as '\(tag.image)', and not by its digest")
    }
    return Component(name: tag.name, image: image)
  }

  private static func error(_ release: String, _ problem: String) -> SealiftError {
    SealiftError(.protocol, "release \(release) \(problem)", nextStep: "check that it is a release payload, and whole")
  }
}

/// What is read of an ImageStream.
private struct ImageStream {
  struct Tag {
    var name = ""
    var imageKind = ""
    var image = ""
  }

  var kind: String?
  var name: String?
  var tags: [Tag] = []

  mutating func read(_ member: String, from reader: inout JSONReader) throws(SealiftError) {
    switch member {
    case "kind": kind = try reader.string()
    case "metadata":
      try reader.object { (reader, member) throws(SealiftError) in
        if member == "name" { name = try reader.string() } else { try reader.skip() }
      }
    case "spec":
      try reader.object { (reader, member) throws(SealiftError) in
        guard member == "tags" else { return try reader.skip() }
        if reader.takeNull() { return }
        tags = try reader.list { (reader) throws(SealiftError) in try Self.tag(from: &reader) }
      }
    default: try reader.skip()
    }
  }

  private static func tag(from reader: inout JSONReader) throws(SealiftError) -> Tag {
    var tag = Tag()
    try reader.object { (reader, member) throws(SealiftError) in
      switch member {
      case "name": tag.name = try reader.string()
      case "from" where !reader.takeNull():
        try reader.object { (reader, member) throws(SealiftError) in
          switch member {
          case "kind": tag.imageKind = try reader.string()
          case "name": tag.image = try reader.string()
          default: try reader.skip()
          }
        }
      case "from": break
      default: try reader.skip()
      }
    }
    return tag
  }
}
