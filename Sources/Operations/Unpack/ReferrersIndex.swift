internal import JSON
internal import OCI

/// The index that lists the referrers of one manifest under its fallback tag.
///
/// Source: OCI distribution-spec, "Referrers Tag Schema".
enum ReferrersIndex {
  /// The bytes of the index.
  static func bytes(_ referrers: [Descriptor]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("manifests")
      writer.array(of: referrers) { $0.descriptor($1) }
      writer.member("mediaType", MediaType.ociIndex.rawValue)
      writer.member("schemaVersion", 2)
    }
    return writer.bytes
  }
}
