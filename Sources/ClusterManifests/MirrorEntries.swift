internal import OCI
internal import YAML

/// The pairs of source and mirrors of one mirror set.
struct MirrorEntries {
  private var mirrors: [String: [String]] = [:]

  /// - Parameter repositoryScope: Whether each repository stands by itself, where the target renames repositories.
  init(_ images: some Sequence<MirroredImage>, repositoryScope: Bool) {
    for image in images {
      let (source, mirror) = Self.scope(of: image, repositoryScope: repositoryScope)
      // The kinds' own patterns have no form for an IPv6 address, and no workload can name an image by one.
      if source.hasPrefix("[") { continue }
      if mirrors[source]?.contains(mirror) != true { mirrors[source, default: []].append(mirror) }
    }
  }

  var isEmpty: Bool { mirrors.isEmpty }

  /// The entries, sorted by source; the mirrors of one source in the order of the images.
  var value: YAMLValue {
    .sequence(
      mirrors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { source in
        ["mirrors": .sequence((mirrors[source] ?? []).map { .string($0) }), "source": .string(source)]
      })
  }

  /// Namespaces where the mirror keeps the source's path, else repositories.
  private static func scope(of image: MirroredImage, repositoryScope: Bool) -> (source: String, mirror: String) {
    let (path, destination) = (image.source.repository, image.destination)
    let isKept = destination == path || destination.hasSuffix("/" + path)
    guard isKept, !repositoryScope else {
      return ("\(image.source.registry)/\(path)", Placeholder.reference(destination))
    }
    let namespace = parent(of: path)
    return (
      image.source.registry + (namespace.isEmpty ? "" : "/\(namespace)"),
      Placeholder.reference(parent(of: destination))
    )
  }

  private static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }
}
