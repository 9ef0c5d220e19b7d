internal import JSON

/// An OCI image index of our own making.
///
/// Source: OCI image-spec, image-index.md.
public enum ImageIndex {
  /// The bytes of an index that lists `manifests` in that order, in canonical JSON.
  public static func bytes(_ manifests: [Descriptor]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("manifests")
      writer.array(of: manifests) { $0.descriptor($1) }
      writer.member("mediaType", MediaType.ociIndex.rawValue)
      writer.member("schemaVersion", 2)
    }
    return writer.bytes
  }
}
