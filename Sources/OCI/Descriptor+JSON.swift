public import Diagnostics
public import Digests
public import JSON

extension JSONReader {
  /// Reads a digest.
  public mutating func digest() throws(SealiftError) -> Digest {
    var refusal: SealiftError?
    let digest = try withString { (text) throws(SealiftError) -> Digest? in
      if let digest = Digest(utf8: text) { return digest }
      do throws(SealiftError) { return try Digest(String(decoding: text, as: UTF8.self)) } catch { refusal = error }
      return nil
    }
    if let digest { return digest }
    // The document decides what kind of failure it is.
    throw failure(refusal?.problem ?? "a digest is expected").reworded(nextStep: refusal?.nextStep)
  }

  /// Reads a size in bytes, 0 or more.
  public mutating func size() throws(SealiftError) -> Int {
    let size = try integer()
    guard size >= 0 else { throw failure("a size is negative") }
    return size
  }

  /// Reads a descriptor.
  public mutating func descriptor() throws(SealiftError) -> Descriptor {
    var mediaType: MediaType?
    var digest: Digest?
    var size: Int?
    var descriptor = Descriptor(mediaType: .ociManifest, digest: SHA256Hasher.emptyDigest, size: 0)
    try object { (reader, name) throws(SealiftError) in
      switch name {
      case "mediaType": mediaType = MediaType(rawValue: try reader.string())
      case "digest": digest = try reader.digest()
      case "size": size = try reader.size()
      case "platform": descriptor.platform = reader.takeNull() ? nil : try reader.platform()
      case "artifactType": descriptor.artifactType = try reader.string()
      case "annotations": descriptor.annotations = reader.takeNull() ? [] : try reader.annotations()
      case "urls":
        if !reader.takeNull() {
          descriptor.hasURLs = try !reader.list { (reader) throws(SealiftError) in try reader.string() }.isEmpty
        }
      default: try reader.skip()
      }
    }
    guard let mediaType, let digest, let size else {
      throw failure("a descriptor lacks its mediaType, digest or size")
    }
    descriptor.mediaType = mediaType
    descriptor.digest = digest
    descriptor.size = size
    return descriptor
  }

  /// Reads annotations; values that are not strings are errors.
  public mutating func annotations() throws(SealiftError) -> [Descriptor.Annotation] {
    var annotations: [Descriptor.Annotation] = []
    try object { (reader, name) throws(SealiftError) in annotations.append(.init(name, try reader.string())) }
    return annotations.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  fileprivate mutating func platform() throws(SealiftError) -> Platform {
    var os = ""
    var architecture = ""
    var variant: String?
    try object { (reader, name) throws(SealiftError) in
      switch name {
      case "os": os = try reader.string()
      case "architecture": architecture = try reader.string()
      case "variant": variant = try reader.string()
      default: try reader.skip()
      }
    }
    // Some publishers write what is not there as an empty text.
    return Platform(os: os, architecture: architecture, variant: variant?.isEmpty == true ? nil : variant)
  }
}

extension JSONWriter {
  /// Writes a descriptor.
  public mutating func descriptor(_ descriptor: Descriptor) {
    object { writer in
      if !descriptor.annotations.isEmpty {
        writer.member("annotations")
        writer.object { writer in
          for annotation in descriptor.annotations { writer.member(annotation.name, annotation.value) }
        }
      }
      if let type = descriptor.artifactType { writer.member("artifactType", type) }
      writer.member("digest", descriptor.digest.description)
      writer.member("mediaType", descriptor.mediaType.rawValue)
      if let platform = descriptor.platform {
        writer.member("platform")
        writer.object { writer in
          writer.member("architecture", platform.architecture)
          writer.member("os", platform.os)
          if let variant = platform.variant { writer.member("variant", variant) }
        }
      }
      writer.member("size", descriptor.size)
    }
  }
}

extension SHA256Hasher {
  /// The digest of no bytes.
  public static let emptyDigest = digest(of: [])
}
