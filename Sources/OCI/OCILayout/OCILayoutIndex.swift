internal import Diagnostics
internal import Digests
internal import JSON
internal import SystemIO

/// The two files at the top of a layout: `oci-layout`, which says what it is, and `index.json`, which names its images.
///
/// Source: OCI image-spec, image-layout.md.
enum OCILayoutIndex {
  /// The greatest size of `index.json` in bytes: 100,000 images of some 600 bytes each.
  static let maximumBytes = 64 << 20
  /// The greatest size of `oci-layout` in bytes; it has 30.
  static let maximumMarkerBytes = 4 << 10

  /// Reads the entries of `index.json`.
  ///
  /// - Throws: `notFound` if there is none, `corrupt` if it is not an index.
  static func entries(of layout: String) throws(SealiftError) -> [Descriptor] {
    let path = "\(layout)/index.json"
    var entries: [Descriptor]?
    try JSONReader.read(try BlobFile(path).bytes(limit: maximumBytes), source: path, code: .corrupt) {
      (reader) throws(SealiftError) in
      try reader.object { (reader, name) throws(SealiftError) in
        switch name {
        case "manifests": entries = try reader.list { (reader) throws(SealiftError) in try reader.descriptor() }
        case "schemaVersion":
          guard try reader.integer() == 2 else { throw reader.failure("the schema version is not 2") }
        default: try reader.skip()
        }
      }
    }
    guard let entries else {
      throw SealiftError(.corrupt, "\(path) has no manifests", nextStep: "make the layout again")
    }
    return entries
  }

  /// Checks that `oci-layout` says what is expected.
  static func checkMarker(of layout: String) throws(SealiftError) {
    let path = "\(layout)/\(OCILayout.markerName)"
    var version: String?
    try JSONReader.read(try BlobFile(path).bytes(limit: maximumMarkerBytes), source: path, code: .corrupt) {
      (reader) throws(SealiftError) in
      try reader.object { (reader, name) throws(SealiftError) in
        if name == "imageLayoutVersion" { version = try reader.string() } else { try reader.skip() }
      }
    }
    guard version == OCILayout.version else {
      throw SealiftError(
        .corrupt, "\(path) says that the layout's version is \(version.map { "'\($0)'" } ?? "missing")",
        nextStep: "name a layout of version \(OCILayout.version)")
    }
  }

  /// The bytes of an index with further entries: an entry of the same name is replaced, all others stay as they are.
  ///
  /// - Parameters:
  ///   - old: The present document, if there is one.
  ///   - named: New entries that have a name.
  ///   - nameless: New entries without a name; those that the index has anyway are left out.
  static func merged(
    _ old: [UInt8]?, path: String, named: [Descriptor], nameless: [Descriptor]
  ) throws(SealiftError) -> [UInt8] {
    var members: [JSONValue.Member] = [
      .init("manifests", .array([])), .init("mediaType", .string(MediaType.ociIndex.rawValue)),
      .init("schemaVersion", .integer(2)),
    ]
    if let old { members = try JSONReader.value(old, source: path, code: .corrupt).members ?? [] }
    let newNames = Set(named.compactMap(\.referenceName))
    let kept = (members.first { $0.name == "manifests" }?.value.elements ?? []).filter { entry in
      let name = entry["annotations"]?[Descriptor.referenceNameAnnotation]?.text
      return name.map { !newNames.contains($0) } ?? true
    }
    let present = Set(kept.compactMap { $0["digest"]?.text } + named.map(\.digest.description))
    let added = named + nameless.filter { !present.contains($0.digest.description) }
    return written(members, kept: kept, added: added)
  }

  private static func written(_ members: [JSONValue.Member], kept: [JSONValue], added: [Descriptor]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      for member in members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
        writer.member(member.name)
        guard member.name == "manifests" else {
          writer.value(member.value)
          continue
        }
        writer.array { writer in
          for entry in kept { writer.value(entry) }
          for entry in added { writer.descriptor(entry) }
        }
      }
    }
    return writer.bytes
  }
}

extension Descriptor {
  /// The annotation that names an image in the index of a layout.
  ///
  /// Source: OCI image-spec, annotations.md, "Pre-Defined Annotation Keys".
  public static let referenceNameAnnotation = "org.opencontainers.image.ref.name"

  /// The image's name in the index of a layout, if it has one.
  public var referenceName: String? { annotation(Self.referenceNameAnnotation) }
}
