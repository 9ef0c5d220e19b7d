internal import Catalog
internal import Diagnostics

/// A directory on this machine that holds a catalog.
enum LocalCatalog {
  /// What a directory can hold.
  enum Kind: Sendable {
    /// Files of a file-based catalog.
    case files
  }

  /// Tells what a directory holds.
  static func kind(of path: String) throws(SealiftError) -> Kind { .files }

  /// Reads a catalog; it blocks.
  ///
  /// - Parameter keeping: Which documents are kept in memory.
  /// - Throws: `notFound`; `corrupt` for what is no catalog.
  @available(*, noasync, message: "It blocks; run it on a BlockingPool.")
  static func read(_ path: String, keeping: CatalogReader.Keeping) throws(SealiftError) -> Catalog {
    switch try kind(of: path) {
    case .files: try CatalogDirectory.read(path, keeping: keeping)
    }
  }
}
