internal import JSON

/// An OCI image index of our own making.
///
/// Source: OCI image-spec, image-index.md.
public enum ImageIndex {
  /// The size of a piece, or a little more.
  public static let pieceBytes = 64 << 10

  /// The bytes of an index that lists `manifests` in that order, in canonical JSON.
  public static func bytes(_ manifests: [Descriptor]) -> [UInt8] {
    var bytes: [UInt8] = []
    write(manifests) { bytes += $0 }
    return bytes
  }

  /// Writes the same piece by piece: an index can have a hundred thousand manifests.
  public static func write(_ manifests: some Sequence<Descriptor>, to take: ([UInt8]) -> Void) {
    var piece = Array(#"{"manifests":["#.utf8)
    var isFirst = true
    for manifest in manifests {
      if !isFirst { piece.append(UInt8(ascii: ",")) }
      isFirst = false
      var writer = JSONWriter()
      writer.descriptor(manifest)
      piece += writer.bytes
      guard piece.count >= pieceBytes else { continue }
      take(piece)
      piece.removeAll(keepingCapacity: true)
    }
    take(piece + #"],"mediaType":"\#(MediaType.ociIndex)","schemaVersion":2}"#.utf8)
  }
}
