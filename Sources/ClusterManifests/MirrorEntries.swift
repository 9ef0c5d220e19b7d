internal import OCI
internal import YAML

/// The pairs of source and mirrors of one mirror set.
struct MirrorEntries {
  private var mirrors: [String: [String]] = [:]

  /// - Parameter scopes: The scopes of the images of all sets.
  init(_ images: some Sequence<MirroredImage>, _ scopes: MirrorScopes) {
    for image in images {
      for (source, mirror) in scopes.entries(for: image) {
        // The kinds' own patterns have no form for an IPv6 address, and no workload can name an image by one.
        if source.hasPrefix("[") { continue }
        add(source, mirror)
      }
    }
  }

  /// Adds the entries of a set that was made before; what is there already is tried first.
  mutating func add(_ entries: [YAMLValue]) {
    for entry in entries {
      guard let source = entry["source"]?.text else { continue }
      for mirror in entry["mirrors"]?.elements?.compactMap(\.text) ?? [] { add(source, mirror) }
    }
  }

  private mutating func add(_ source: String, _ mirror: String) {
    if mirrors[source]?.contains(mirror) != true { mirrors[source, default: []].append(mirror) }
  }

  var isEmpty: Bool { mirrors.isEmpty }

  /// The entries, sorted by source; the mirrors of one source in the order of the images.
  var value: YAMLValue {
    .sequence(
      mirrors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { source in
        ["mirrors": .sequence((mirrors[source] ?? []).map { .string($0) }), "source": .string(source)]
      })
  }
}

/// For what entries stand: namespaces, or repositories.
struct MirrorScopes {
  /// What a source is and where its mirror is.
  typealias Entry = (source: String, mirror: String)

  private let repositoryScope: Bool
  private let sources: Set<String>

  /// - Parameters:
  ///   - images: Those of all sets: to a cluster they are one list.
  ///   - repositoryScope: Whether each repository stands by itself, where the target renames repositories.
  init(_ images: some Sequence<MirroredImage>, repositoryScope: Bool) {
    self.repositoryScope = repositoryScope
    sources = Set(images.map { Self.scope(of: $0, repositoryScope: repositoryScope).source })
  }

  /// The entries that lead to an image.
  ///
  /// Of several sources a cluster takes the longest alone: where another image has an entry for the very repository, that
  /// of the namespace would not be looked at.
  func entries(for image: MirroredImage) -> [Entry] {
    let entry = Self.scope(of: image, repositoryScope: repositoryScope)
    let own = Self.repository(of: image)
    return entry.source != own.source && sources.contains(own.source) ? [entry, own] : [entry]
  }

  private static func repository(of image: MirroredImage) -> Entry {
    ("\(image.source.registry)/\(image.source.repository)", Placeholder.reference(image.destination))
  }

  /// Namespaces where the mirror keeps the source's path, else repositories.
  private static func scope(of image: MirroredImage, repositoryScope: Bool) -> Entry {
    let (path, destination) = (image.source.repository, image.destination)
    let isKept = destination == path || destination.hasSuffix("/" + path)
    guard isKept, !repositoryScope else { return repository(of: image) }
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
