internal import Diagnostics

/// `mapping.txt`: where each image is, as `oc image mirror -f` reads it.
///
/// Source: `oc image mirror --help`: a line is `SRC=DST`, and one that begins with `#` is passed over.
struct MappingFile {
  static let path = "mapping.txt"

  private let images: [ClusterManifestDirectory.Mapping]
  private let target: MirrorTarget

  init(_ directory: ClusterManifestDirectory) {
    images = directory.images
    target = directory.cluster.target
  }

  /// A line for each tag; what has no source at a registry stands at the end, as comments.
  var text: String {
    var (lines, comments): (Set<String>, Set<String>) = ([], [])
    for image in images {
      let suffixes = image.tags.isEmpty ? ["@\(image.digest)"] : image.tags.map { ":\($0)" }
      for suffix in suffixes {
        let line = "\(image.source.printable)=\(target(image.destination))\(suffix)\n"
        if image.isAtRegistry { lines.insert(line) } else { comments.insert("# \(line)") }
      }
    }
    return [lines, comments].map { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined() }.joined()
  }
}
