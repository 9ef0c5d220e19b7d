internal import Diagnostics
internal import HTTPTransport
internal import Layers
internal import SystemIO
internal import Versions

/// The files from which an update service makes its graphs, unpacked from their tarball.
///
/// Source: openshift/cincinnati-graph-data, README.md, "Schema version", "Release names", "Block edges".
struct GraphData: Sendable {
  /// Where a tarball is.
  enum Place: Hashable, Sendable, CustomStringConvertible {
    /// A web server.
    case server(HTTPURL)
    /// A file.
    case file(String)

    /// Where the publisher has it.
    static let published = "https://api.openshift.com/api/upgrades_info/graph-data"

    /// Reads a place as a user writes it: an http or https URL, `file://PATH` or a path.
    ///
    /// - Throws: `usage` for any other URL.
    init(_ text: String) throws(SealiftError) {
      if text.hasPrefix("https://") || text.hasPrefix("http://") {
        self = .server(try HTTPURL(text))
        return
      }
      let path = text.hasPrefix("file://") ? String(text.dropFirst("file://".count)) : text
      guard !path.isEmpty, !path.contains("://") else {
        throw SealiftError(
          .usage, "'\(text)' is no place of graph data", nextStep: "name an http or https URL, or a tar.gz file")
      }
      self = .file(path)
    }

    /// Where it is, as messages say it.
    public var description: String {
      switch self {
      case .server(let url): url.description
      case .file(let path): path
      }
    }
  }

  /// The greatest tarball in bytes; a real one has about 1 MiB.
  static let maximumTarball = 32 << 20
  /// The bounds of what is in it, some fifty times what there is.
  static let limits = ArchiveLimits(bytes: 512 << 20, entries: 200_000)

  /// The files by path, as parts of one nameless file.
  let entries: [LayerEntry]

  /// Fetches a tarball and unpacks it.
  ///
  /// - Parameters:
  ///   - place: Where it is.
  ///   - fetcher: How web servers are reached.
  ///   - directory: Where the bytes of temporary files lie.
  ///   - pool: Threads that read and write.
  /// - Throws: `notFound`; `protocol` for anything but graph data; what the fetcher throws.
  static func load(
    _ place: Place, _ fetcher: HTTPFetcher, directory: String, pool: BlockingPool
  ) async throws -> GraphData {
    let tarball: [UInt8]
    switch place {
    case .server(let url):
      guard let bytes = try await fetcher.get(url, limit: maximumTarball, what: "the graph data") else {
        throw SealiftError(.notFound, "there is no graph data at \(url)", nextStep: "check the address of --graph-data")
      }
      tarball = bytes
    case .file(let path): tarball = try await pool.run { try FileSystem.read(path, limit: maximumTarball) }
    }
    return try await pool.run { try GraphData(tarball, name: place.description, directory: directory) }
  }

  /// Unpacks a tarball, compressed or not.
  ///
  /// - Parameters:
  ///   - tarball: Its bytes.
  ///   - name: What it is, for messages.
  ///   - directory: Where the bytes of the unpacked files lie.
  /// - Throws: `protocol` for anything but a tar of plain files that has a version and channels; `storage`.
  init(_ tarball: [UInt8], name: String, directory: String) throws {
    let spool = try File.anonymous(in: directory)
    var places: [String: LayerEntry] = [:]
    var offset = 0
    var version: [UInt8] = []
    try Self.forEachFile(of: tarball, name) { path, content in
      guard places[path] == nil else { throw Self.error(name, "has \(path) twice") }
      if path == "version" { version = content }
      try spool.write(content, at: offset)
      places[path] = LayerEntry(path, .part(of: spool, offset: offset, size: content.count))
      offset += content.count
    }
    let text = String(decoding: version.prefix { !" \r\n".utf8.contains($0) }, as: UTF8.self)
    guard SemanticVersion(text) != nil, places.keys.contains(where: { $0.hasPrefix("channels/") }) else {
      throw Self.error(name, "is no graph data: that has a file version and a directory channels at its top")
    }
    entries = places.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// The greatest file; real ones have some KiB, and a list of all releases some MiB.
  private static let maximumFile = 32 << 20

  private static func forEachFile(
    of tarball: [UInt8], _ name: String, _ body: (String, [UInt8]) throws -> Void
  ) throws {
    try tarball.withUnsafeBytes { bytes in
      var rest: UnsafeRawBufferPointer? = bytes
      let archive = try ArchiveReader(name, limits: limits) {
        defer { rest = nil }
        return rest
      }
      while let entry = try archive.next() {
        switch entry.kind {
        case .directory: continue
        case .file: break
        case .symbolicLink, .hardLink, .special: throw error(name, "has \(entry.path), which is no plain file")
        }
        // In a layer these would delete something.
        guard !entry.path.split(separator: "/").contains(where: { $0.hasPrefix(".wh.") }), !entry.path.isEmpty else {
          throw error(name, "has a file of the name '\(entry.path)'")
        }
        try body(entry.path, try archive.content(limit: maximumFile))
      }
    }
  }

  private static func error(_ name: String, _ problem: String) -> SealiftError {
    SealiftError(.protocol, "\(name) \(problem)", nextStep: "check --graph-data, and what answers there")
  }
}
