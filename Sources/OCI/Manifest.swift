public import Diagnostics
internal import JSON

/// An index or an image manifest, as far as Sealift reads it; the bytes stay what they are and are kept elsewhere.
///
/// Source: OCI image-spec, manifest.md and image-index.md; Docker's manifest-v2-2.md.
public struct Manifest: Sendable {
  /// The greatest size of a manifest in bytes, the limit that distribution and other clients keep.
  public static let maximumBytes = 4 << 20
  /// The greatest number of manifests that stand one below the other, the root counted; real images have two, and a few
  /// have three.
  public static let maximumDepth = 4

  /// What a manifest points to.
  public enum Content: Sendable {
    /// The manifests of an index, in order.
    case index([Descriptor])
    /// The config and the layers of an image, base layer first.
    case image(config: Descriptor, layers: [Descriptor])
  }

  /// The media type, from the document itself where it tells.
  public let mediaType: MediaType
  /// What it points to.
  public let content: Content
  /// The manifest that this one refers to, if it is a referrer.
  public let subject: Descriptor?
  /// The type of an artifact: `artifactType`, else the config's media type where that tells more than "an image".
  public let artifactType: String?
  /// Annotations, sorted by name.
  public let annotations: [Descriptor.Annotation]
  /// How many members of objects and elements of arrays it has, all together: the work of reading it.
  public let valueCount: Int

  /// The manifests that this one points to: none for an image.
  public var children: [Descriptor] {
    if case .index(let manifests) = content { manifests } else { [] }
  }

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - bytes: The document.
  ///   - mediaType: What the server or the parent called it; the document's own `mediaType` must agree.
  ///   - source: What it is, for messages.
  ///   - code: The code of the error for anything that is wrong with it: who sent it is at fault, or it is damaged.
  /// - Throws: That code, for anything but an index or an image manifest.
  public init(
    _ bytes: [UInt8], mediaType: MediaType?, source: String, code: SealiftError.Code = .protocol
  ) throws(SealiftError) {
    let origin = Origin(name: source, code: code)
    guard bytes.count <= Self.maximumBytes else {
      throw origin.failure("is larger than \(Self.maximumBytes.asBytes)")
    }
    var fields = Fields()
    valueCount = try JSONReader.read(bytes, source: source, code: code) { (reader) throws(SealiftError) in
      try reader.object { (reader, name) throws(SealiftError) in try fields.read(name, from: &reader) }
      return reader.valueCount
    }
    let type = try Self.type(of: fields, served: mediaType, origin)
    self.mediaType = type
    subject = fields.subject
    annotations = fields.annotations
    // Without them, whatever a server sends as an index would be an image that has nothing in it.
    func required<Value>(_ value: Value?, _ name: String) throws(SealiftError) -> Value {
      if let value { return value }
      throw origin.failure("has no \(name)")
    }
    if type.isIndex {
      content = .index(try required(fields.manifests, "manifests"))
      artifactType = fields.artifactType
    } else {
      let config = try required(fields.config, "config")
      content = .image(config: config, layers: try required(fields.layers, "layers"))
      artifactType = fields.artifactType ?? (config.mediaType.isImageConfig ? nil : config.mediaType.rawValue)
    }
  }

  private static func type(
    of fields: Fields, served: MediaType?, _ origin: Origin
  ) throws(SealiftError) -> MediaType {
    let guess = fields.manifests != nil ? MediaType.ociIndex : .ociManifest
    let served = served.flatMap { $0.isManifest || $0.isDockerSchema1 ? $0 : nil }
    let type = fields.mediaType ?? served ?? guess
    guard !type.isDockerSchema1, fields.schemaVersion != 1 else {
      throw origin.failure(
        "is a Docker manifest of schema 1, which no registry serves safely any more",
        nextStep: "ask the publisher for an OCI or schema 2 image")
    }
    guard type.isManifest else {
      throw origin.failure("is a '\(type)', not an image", nextStep: "name an image or an index")
    }
    if let served, served != type {
      throw origin.failure("was served as '\(served)' but says it is a '\(type)'")
    }
    // A document that is both would be an image to one reader and an index to another.
    guard type.isIndex ? fields.layers == nil && fields.config == nil : fields.manifests == nil else {
      throw origin.failure("is an index and an image at once")
    }
    return type
  }
}

/// Where a manifest is from, and who is at fault if it is none.
private struct Origin {
  let name: String
  let code: SealiftError.Code

  func failure(_ problem: String, nextStep: String = "look at what the source sent") -> SealiftError {
    SealiftError(
      code, "\(name) \(problem)", nextStep: code == .corrupt ? "get a fresh copy of the bundle" : nextStep)
  }
}

extension MediaType {
  fileprivate var isImageConfig: Bool { self == .ociConfig || self == .dockerConfig }
}

/// The members of a manifest that are read.
private struct Fields {
  var schemaVersion: Int?
  var mediaType: MediaType?
  var artifactType: String?
  var config: Descriptor?
  var layers: [Descriptor]?
  var manifests: [Descriptor]?
  var subject: Descriptor?
  var annotations: [Descriptor.Annotation] = []

  mutating func read(_ name: String, from reader: inout JSONReader) throws(SealiftError) {
    switch name {
    case "schemaVersion": schemaVersion = try reader.integer()
    case "mediaType": mediaType = MediaType(rawValue: try reader.string())
    case "artifactType": artifactType = try reader.string()
    case "config": config = try reader.descriptor()
    case "layers":
      layers =
        reader.takeNull() ? [] : try reader.list { (reader) throws(SealiftError) in try reader.descriptor() }
    case "manifests":
      manifests =
        reader.takeNull() ? [] : try reader.list { (reader) throws(SealiftError) in try reader.descriptor() }
    case "subject": subject = reader.takeNull() ? nil : try reader.descriptor()
    case "annotations": annotations = reader.takeNull() ? [] : try reader.annotations()
    default: try reader.skip()
    }
  }
}
