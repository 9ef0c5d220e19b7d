internal import Diagnostics
internal import HTTPTransport
internal import OCI
internal import Registry
internal import SystemIO

/// The registries, layouts and directories that images come from, each opened once.
actor SourceSet {
  /// The layers that this run has made.
  nonisolated let built: BuiltLayers
  /// The files that the configuration names.
  nonisolated let files: FileSource
  /// What fetches plain documents, one for the whole run.
  nonisolated let fetcher: HTTPFetcher
  private let access: RegistryAccess
  private let pool: BlockingPool
  private var registries: [String: RegistryClient] = [:]
  private var layouts: [String: OCILayout] = [:]
  private var mirrors: [String: MirrorDirectory] = [:]

  /// - Parameters:
  ///   - access: How registries are reached.
  ///   - pool: Threads for transfers and files.
  init(_ access: RegistryAccess, pool: BlockingPool) {
    self.access = access
    self.pool = pool
    built = BuiltLayers(pool: pool)
    fetcher = access.fetcher(pool: pool)
    files = FileSource(fetcher, pool: pool)
  }

  /// The source that holds an image.
  func source(_ origin: ImageOrigin) async throws -> any ImageSource {
    switch origin {
    case .registry(let host, _):
      if let client = registries[host] { return client }
      let client = try access.client(for: host, pool: pool)
      registries[host] = client
      return client
    case .layout(let path):
      return try await layout(path)
    case .built: return built
    case .files: return files
    case .mirror(let path, _):
      return try await mirror(path)
    }
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
