public import Diagnostics
internal import SystemIO

/// What a directory on this machine holds, as a file-based catalog.
public struct DirectoryContent: Sendable {
  /// The formats in which operators come as files.
  public enum Format: String, Sendable {
    /// Files of a file-based catalog.
    case catalog = "file-based catalog"
    /// A package manifest for each package, and its versions below it.
    case packageManifests = "package manifests"
    /// Directories in the format registry+v1.
    case bundles = "registry+v1 bundles"
  }

  /// The catalog.
  public let catalog: Catalog
  /// The formats that were found, in the order in which they are listed above.
  public let formats: [Format]
  /// What was left out or looks wrong: one sentence each.
  public let notes: [String]
}

extension CatalogDirectory {
  /// Reads the catalog in a directory, whatever its format.
  ///
  /// - Throws: What `content` throws.
  @available(*, noasync, message: "It blocks; run it on a BlockingPool.")
  public static func read(_ path: String, keeping: CatalogReader.Keeping) throws(SealiftError) -> Catalog {
    try content(of: path, keeping: keeping).catalog
  }

  /// Reads the catalog in a directory, and tells its format by what its files say, not by their names.
  ///
  /// Package manifests and bundles become documents of a file-based catalog. That they are a valid one is for
  /// `Catalog.validate` to say, package by package.
  ///
  /// - Parameters:
  ///   - path: The directory.
  ///   - keeping: Which documents are kept in memory.
  ///   - isThorough: Whether all flaws of documents are looked for.
  ///   - release: The catalog for which templates are wanted, such as `v4.18`; by default the newest that they name.
  /// - Throws: `notFound`, `storage`; `corrupt` for what cannot be read, leads out of the directory, or is no catalog.
  ///
  /// Source: `formats/catalog-directories.md`.
  @available(*, noasync, message: "It blocks; run it on a BlockingPool.")
  public static func content(
    of path: String, keeping: CatalogReader.Keeping, isThorough: Bool = false, release: String? = nil
  ) throws(SealiftError) -> DirectoryContent {
    guard FileSystem.isDirectory(path) else {
      throw SealiftError(.notFound, "\(path) is not a directory", nextStep: "name the directory that holds the catalog")
    }
    let tree = try OperatorFileTree(path)
    let survey = try OperatorFileSurvey(tree)
    if survey.hasManifests {
      if let failure = survey.failure { throw failure }
      return try OperatorFileCatalog(tree, survey, release: release).content(keeping: keeping)
    }
    let catalog = try readFiles(path, keeping: keeping, isThorough: isThorough)
    if survey.catalogFile == nil, !catalog.flaws.isEmpty {
      if let failure = survey.failure { throw failure }
      if let found = survey.operators.first {
        throw SealiftError(
          .corrupt, "\(path)/\(found.path) is a version of an operator, and nothing says to which package it belongs",
          nextStep:
            "name the directory above it that has the package manifest, or the bundle's metadata/annotations.yaml")
      }
    }
    try catalog.requireSomething()
    return DirectoryContent(catalog: catalog, formats: [.catalog], notes: [])
  }
}
