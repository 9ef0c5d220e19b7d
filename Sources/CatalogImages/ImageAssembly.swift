internal import Content
internal import Diagnostics
public import Layers
public import OCI
public import SystemIO

/// An image that another one is made on.
public struct BaseImage: Sendable {
  /// What messages call it.
  public let name: String
  /// Its manifest or index.
  public let root: FetchedManifest
  /// The repository that has it.
  public let repository: ImageRepository

  /// Makes one.
  public init(name: String, root: FetchedManifest, repository: ImageRepository) {
    self.name = name
    self.root = root
    self.repository = repository
  }
}

/// Makes images of layers of its own, on a base or on nothing.
public struct ImageAssembly: Sendable {
  /// Where the bytes of new layers lie.
  let directory: String
  /// Threads that write.
  let pool: BlockingPool

  /// - Parameters:
  ///   - directory: Where the bytes of new layers lie.
  ///   - pool: Threads that write.
  public init(directory: String, pool: BlockingPool) {
    self.directory = directory
    self.pool = pool
  }

  /// A new layer, and its bytes.
  public struct Layer: Sendable {
    /// What a manifest says of it.
    public let layer: WrittenLayer
    /// Its bytes.
    public let file: File
  }

  /// Writes a layer.
  public func layer(_ entries: [LayerEntry]) async throws -> Layer {
    try await pool.run {
      let file = try File.anonymous(in: directory)
      return Layer(layer: try LayerWriter.write(entries) { try file.write($0) }, file: file)
    }
  }

  /// Makes an image for every platform of a base.
  ///
  /// - Parameter isWanted: Which of its platforms count.
  /// - Throws: `protocol` for a base that is no image; what its source throws.
  public func build(
    _ change: ImageChange, on base: BaseImage, for isWanted: (Platform) -> Bool = { _ in true }
  ) async throws -> BuiltImage {
    try await ImageBuilder(change).build(on: base.root.descriptor, for: isWanted) { descriptor in
      if descriptor.digest == base.root.descriptor.digest { return base.root.bytes }
      guard descriptor.mediaType.isManifest else {
        return try await base.repository.config(descriptor, of: base.name)
      }
      return try await base.repository.child(descriptor, of: base.name).bytes
    }
  }
}

extension BaseImage {
  /// Finds a base in its repository.
  ///
  /// - Parameters:
  ///   - repository: That of the reference.
  ///   - what: What it is the base of, for messages.
  ///   - option: The option that names another one.
  /// - Throws: `notFound`; what the source throws.
  public static func found(
    _ reference: ImageReference, in repository: ImageRepository, for what: String, option: String
  ) async throws -> BaseImage {
    guard let root = try await repository.manifest(reference.manifest) else {
      throw SealiftError(
        .notFound, "the base image \(reference) of \(what) does not exist", nextStep: "name another with \(option)")
    }
    return BaseImage(name: reference.description, root: root, repository: repository)
  }
}
