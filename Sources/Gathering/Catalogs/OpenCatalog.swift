internal import Catalog
internal import CatalogImages
internal import Configuration
internal import Content
internal import Diagnostics
internal import OCI
internal import SystemIO

/// A catalog at the place where it comes from, which can be read more than once.
struct OpenCatalog: Sendable {
  /// Where it lies.
  enum Content: Sendable {
    /// In an image.
    case image(CatalogImage)
    /// In a directory on this machine.
    case directory(String)
  }

  /// What messages call it.
  let name: String
  /// Where it lies.
  let content: Content
  /// Where images are, for one that lies in an image.
  let origin: ImageOrigin?
  private let reader: CatalogImageReader
  private let release: String?

  /// Finds a catalog, and reads no more than its manifests and a config.
  ///
  /// - Parameters:
  ///   - place: Where it is.
  ///   - release: The catalog for which templates in a directory are wanted, if that is known.
  ///   - directory: For temporary files.
  ///   - pool: Threads for files.
  /// - Throws: `notFound`; `protocol` for an image that is no catalog; what the source throws.
  init(
    _ place: OperatorRequest.Origin, _ sources: SourceSet, release: String? = nil, directory: String, pool: BlockingPool
  ) async throws {
    name = place.description
    self.release = release
    reader = CatalogImageReader(directory: directory, pool: pool)
    switch place {
    case .directory(let path):
      content = .directory(path)
      origin = nil
    case .registry(let reference):
      let origin = ImageOrigin(reference)
      content = .image(try await Self.image(reference.manifest, origin, sources, name: name))
      self.origin = origin
    case .layout(let address):
      let found = try await sources.layout(address.path).images(named: address.name)
      guard let image = found.first, found.count == 1 else {
        throw SealiftError(
          .configuration, "\(address) holds \(found.count) images, and one is a catalog",
          nextStep: "name it: oci:\(address.path):NAME")
      }
      let origin = ImageOrigin.layout(path: address.path)
      content = .image(try await Self.image(.digest(image.digest), origin, sources, name: name))
      self.origin = origin
    }
  }

  /// Reads the catalog.
  ///
  /// - Parameters:
  ///   - keeping: Which documents are kept in memory.
  ///   - isThorough: Whether all flaws are looked for.
  /// - Returns: The catalog, and what the user should know of how it is read.
  func read(
    keeping: CatalogReader.Keeping, isThorough: Bool = false
  ) async throws -> (catalog: Catalog, notes: [String]) {
    switch content {
    case .image(let image): return (try await reader.read(image, keeping: keeping, isThorough: isThorough), [])
    case .directory(let path):
      let content = try await reader.pool.run { [name, release] in
        do throws(SealiftError) {
          return try CatalogDirectory.content(of: path, keeping: keeping, isThorough: isThorough, release: release)
        } catch {
          guard !error.problem.contains(path) else { throw error }
          throw error.about(name)
        }
      }
      return (content.catalog, content.notes)
    }
  }

  private static func image(
    _ reference: ManifestReference, _ origin: ImageOrigin, _ sources: SourceSet, name: String
  ) async throws -> CatalogImage {
    let repository = ImageRepository(origin.repository, of: try await sources.source(origin))
    guard let root = try await repository.manifest(reference) else {
      throw SealiftError(
        .notFound, "the catalog \(name) does not exist",
        nextStep: "check its name and tag, and that you may pull it")
    }
    return try await CatalogImage(root, in: repository, name: name)
  }
}
