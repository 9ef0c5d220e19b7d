public import Catalog
internal import CatalogDatabase
internal import Diagnostics
internal import JSON
internal import Layers
public import SystemIO

/// Reads the catalog out of an image, while its layers are streamed.
public struct CatalogImageReader: Sendable {
  /// Where a database lies while it is read.
  public let directory: String
  /// Threads that read it.
  public let pool: BlockingPool

  /// - Parameters:
  ///   - directory: Where a database lies while it is read.
  ///   - pool: Threads that read it.
  public init(directory: String, pool: BlockingPool) {
    self.directory = directory
    self.pool = pool
  }

  // The largest catalog that is real has 200 MB, in one file or in many.
  private static let maximumFileBytes = 4 << 30
  private static let maximumDatabaseBytes = 4 << 30

  /// Reads a catalog.
  ///
  /// - Parameters:
  ///   - keeping: Which documents are kept in memory.
  ///   - isThorough: Whether all flaws of documents are looked for.
  /// - Throws: `corrupt` for what is no catalog; `protocol` for damaged layers; what the source throws.
  public func read(
    _ image: CatalogImage, keeping: CatalogReader.Keeping, isThorough: Bool = false
  ) async throws -> Catalog {
    do {
      switch image.place {
      case .files(let path):
        return try await files(image, path, keeping, isThorough: isThorough)
      case .database(let path): return try await database(image, path, keeping)
      }
    } catch let error as SealiftError {
      throw error.about(image.name)
    }
  }

  private func files(
    _ image: CatalogImage, _ directory: String, _ keeping: CatalogReader.Keeping, isThorough: Bool
  ) async throws -> Catalog {
    // What it says of files is looked at only after all digests are proven.
    let reader = Monitor(CatalogReader(keeping: keeping, isThorough: isThorough))
    let wanted = WantedFiles(under: directory, limit: Self.maximumFileBytes)
    let prefix = directory + "/"
    let summary = try await image.files.read(wanted) { file in
      try reader.withLock { reader in
        reader.file(String(file.path.dropFirst(prefix.count)))
        try file.forEachPiece { reader.take($0.bytes) }
        reader.end()
      }
    }
    try check(summary, directory)
    let catalog = try reader.withLock { (reader) throws(SealiftError) in try reader.catalog() }
    try catalog.requireSomething()
    return catalog
  }

  private func database(
    _ image: CatalogImage, _ path: String, _ keeping: CatalogReader.Keeping
  ) async throws -> Catalog {
    let place = try PrivateDirectory(in: directory)
    let copy = "\(place.path)/index.db"
    let wanted = WantedFiles(under: [FileSystem.parent(of: path)]) { $0 == path ? Self.maximumDatabaseBytes : nil }
    let summary = try await image.files.read(wanted) { file in
      let output = try File(copy, .replace)
      try file.forEachPiece { try output.write($0) }
    }
    try check(summary, path)
    return try await pool.run { [place] in
      do {
        return try Self.catalog("\(place.path)/index.db", named: path, keeping)
      } catch let error as SealiftError {
        // Nobody knows the copy.
        throw error.reworded(error.problem.replacing(copy, with: "/\(path)"))
      }
    }
  }

  private static func catalog(
    _ database: String, named name: String, _ keeping: CatalogReader.Keeping
  ) throws -> Catalog {
    let reader = CatalogReader(keeping: keeping)
    reader.file(name)
    try CatalogDatabase(database).documents { document in
      reader.take(JSONWriter.bytes(of: document).span.bytes)
      reader.take([UInt8(ascii: "\n")].span.bytes)
    }
    reader.end()
    return try reader.catalog()
  }

  private func check(_ summary: ImageFiles.Summary, _ path: String) throws(SealiftError) {
    if let link = summary.links.first {
      throw SealiftError(
        .protocol, "its catalog has a symbolic link, /\(link.path), and links are not followed",
        nextStep: "ask the publisher for a catalog of plain files")
    }
    guard summary.files > 0 else {
      throw SealiftError(
        .protocol, "its label names /\(path), and there is nothing", nextStep: "ask the publisher for a sound image")
    }
  }
}

extension CatalogImage {
  fileprivate var files: ImageFiles { ImageFiles(layers: layers, of: repository) }
}
