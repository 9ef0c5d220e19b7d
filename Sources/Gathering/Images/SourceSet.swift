internal import Configuration
public import Content
public import Diagnostics
internal import HTTPTransport
public import OCI
internal import Registry
public import SystemIO

/// The registries, layouts and directories that images come from, each opened once.
public actor SourceSet {
  /// The layers that this run has made.
  public nonisolated let built: BuiltLayers
  /// The files that the configuration names.
  public nonisolated let files: FileSource
  /// What fetches plain documents, one for the whole run.
  nonisolated let fetcher: HTTPFetcher
  private let access: RegistryAccess
  private let pool: BlockingPool
  private let reporter: any Reporter
  private var settings: RegistryMirrors?
  private var registries: [Peer: RegistryClient] = [:]
  private var mirrored: [String: MirroredSource] = [:]
  private var layouts: [String: OCILayout] = [:]
  private var mirrors: [String: MirrorDirectory] = [:]

  /// - Parameters:
  ///   - access: How registries are reached.
  ///   - pool: Threads for transfers and files.
  ///   - reporter: Takes which mirrors are used, and what registries do in ways of their own.
  public init(_ access: RegistryAccess, pool: BlockingPool, reporter: any Reporter) {
    self.access = access
    self.reporter = reporter
    self.pool = pool
    built = BuiltLayers(pool: pool)
    fetcher = access.fetcher(pool: pool, reporter: reporter)
    files = FileSource(fetcher, pool: pool)
  }

  /// The repository of a reference to an image.
  public func repository(of reference: ImageReference) async throws -> ImageRepository {
    ImageRepository(reference.repository, of: try await source(ImageOrigin(reference)))
  }

  /// What holds a blob.
  public func blobs(_ origin: BlobOrigin) async throws -> any BlobSource {
    switch origin {
    case .image(let origin): ImageRepository(origin.repository, of: try await source(origin))
    case .built: built
    case .files: files
    }
  }

  /// The source that holds an image.
  func source(_ origin: ImageOrigin) async throws -> any ReferrerSource {
    switch origin {
    case .registry(let host, let repository):
      let settings = try mirrorSettings()
      guard settings.concerns(host, repository) else { return try registry(host, isInsecure: false) }
      if let source = mirrored[host] { return source }
      let source = MirroredSource(host, settings, reporter) { [self] endpoint in
        try await registry(endpoint.host, isInsecure: endpoint.isInsecure)
      }
      mirrored[host] = source
      return source
    case .layout(let path):
      return try await layout(path)
    case .mirror(let path, _):
      return try await mirror(path)
    }
  }

  /// One registry, and whether it need not be what it says it is.
  private struct Peer: Hashable {
    let host: String
    let isInsecure: Bool
  }

  private func registry(_ host: String, isInsecure: Bool) throws(SealiftError) -> RegistryClient {
    let peer = Peer(host: host, isInsecure: isInsecure)
    if let client = registries[peer] { return client }
    let client = try access.client(
      for: host, verifiesTLS: access.verifiesTLS && !isInsecure, pool: pool, reporter: reporter)
    registries[peer] = client
    return client
  }

  private func mirrorSettings() throws(SealiftError) -> RegistryMirrors {
    if let settings { return settings }
    let loaded = try RegistryMirrors.load(access.registriesFile, environment: access.environment)
    for note in loaded.notes { reporter.report(.note(note)) }
    settings = loaded
    return loaded
  }

  /// An OCI layout.
  func layout(_ path: String) async throws -> OCILayout {
    if let layout = layouts[path] { return layout }
    let layout = try await OCILayout(path, pool: pool)
    layouts[path] = layout
    return layout
  }

  /// A directory that `oc` has mirrored into.
  func mirror(_ path: String) async throws -> MirrorDirectory {
    if let mirror = mirrors[path] { return mirror }
    let mirror = try await MirrorDirectory(path, pool: pool)
    mirrors[path] = mirror
    return mirror
  }
}
