public import Catalog
public import Content
internal import Diagnostics
public import Layers
internal import SystemIO

/// What is put on an image so that it serves other documents than its own.
public struct CatalogLayers: Sendable {
  private let assembly: ImageAssembly

  /// - Parameter assembly: Writes the layers.
  public init(assembly: ImageAssembly) { self.assembly = assembly }

  /// The directory of the documents, which a cluster's programs look for.
  private static let directory = "configs"

  /// A layer of documents.
  ///
  /// - Parameter name: What messages call the catalog.
  public func content(of catalog: Catalog, named name: String) async throws -> ImageAssembly.Layer {
    try await assembly.layer(try await entries(catalog, named: name))
  }

  /// A layer that hides the documents of an image, and the cache that was made of them.
  ///
  /// - Parameter place: Where they lie, where that is known.
  public func whiteout(of place: CatalogImage.Place?, _ process: ImageConfig.Process) async throws
    -> ImageAssembly.Layer
  {
    try await assembly.layer(Self.hidden(place, process))
  }

  /// The change of an image that holds documents and no program.
  public func change(_ content: ImageAssembly.Layer, on whiteout: ImageAssembly.Layer? = nil) -> ImageChange {
    let hiding = whiteout.map { ImageChange.Layer($0.layer, createdBy: "sealift: nothing of the former catalog") }
    return ImageChange(
      layers: [hiding].compactMap(\.self) + [.init(content.layer, createdBy: "sealift: the catalog's documents")],
      labels: [CatalogImage.Place.filesLabel: "/\(Self.directory)"])
  }

  /// The change of an image with a program that serves catalogs.
  ///
  /// - Parameter process: How the image is run; `nil` if it is known that its `Entrypoint` can stay.
  public func served(
    _ content: ImageAssembly.Layer, on whiteout: ImageAssembly.Layer, by process: ImageConfig.Process?
  ) -> ImageChange {
    var change = change(content, on: whiteout)
    change.command = ["serve", "/\(Self.directory)"]
    // Without one, the command would be the program.
    if let process, process.entrypoint.isEmpty { change.entrypoint = [process.command.first ?? "/bin/opm"] }
    return change
  }

  /// The documents, through a file: they can be larger than memory should hold twice.
  private func entries(_ catalog: Catalog, named name: String) async throws -> [LayerEntry] {
    // A whole catalog is carried as it is where that is possible, and is not looked at so closely before.
    try catalog.checkDocuments(source: name)
    let files = try catalog.files()
    return try await assembly.pool.run { [directory = assembly.directory] in
      let spool = try File.anonymous(in: directory)
      var offset = 0
      var entries: [LayerEntry] = []
      for file in files {
        try file.write { (bytes) throws(SealiftError) in try spool.write(bytes) }
        entries.append(
          LayerEntry("\(Self.directory)/\(file.path)", .part(of: spool, offset: offset, size: file.size)))
        offset += file.size
      }
      return entries
    }
  }

  private static func hidden(_ place: CatalogImage.Place?, _ process: ImageConfig.Process) -> [LayerEntry] {
    var paths = [directory]
    if case .files(let path) = place, !path.isAt(orBelow: directory) { paths.append(path) }
    let entries = paths.map { LayerEntry($0, .whiteout) }
    guard let cache = CatalogCache(process),
      !paths.contains(where: { cache.path.isAt(orBelow: $0) || $0.isAt(orBelow: cache.path) })
    else { return entries }
    return entries + cache.entries
  }
}

extension String {
  /// Whether a path is another one, or lies below it.
  fileprivate func isAt(orBelow other: String) -> Bool { self == other || hasPrefix(other + "/") }
}
