internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import SystemIO
internal import YAML

/// Finds out the digest and the size of each file that is asked for; no content moves that a plan can do without.
struct FileGathering: Sendable {
  private let options: PackOptions
  private let sources: SourceSet
  private let fetcher: HTTPFetcher
  /// Where a file lies that had to be fetched to know its size, until it is in the bundle.
  private let directory: String
  private let pool: BlockingPool
  private let reporter: any Reporter

  private static let chunkBytes = 1 << 20

  init(_ gathering: Gatherer) {
    options = gathering.options
    sources = gathering.sources
    fetcher = gathering.sources.fetcher
    directory = gathering.directory
    pool = gathering.pool
    reporter = gathering.reporter
  }

  /// - Returns: One for each request, in their order.
  func run(_ requests: [FileRequest]) async throws -> [PackedFile] {
    guard !requests.isEmpty else { return [] }
    for request in requests { try checkScheme(request) }
    reporter.report(.phase(.resolve, bytes: try bytesToRead(requests), items: 0))
    let found = Monitor([String: PackedFile]())
    try await requests.forEachConcurrently(limit: options.parallel) { request in
      let file = try await find(request)
      found.withLock { $0[request.name] = file }
    }
    let files = found.withLock { $0 }
    return requests.compactMap { files[$0.name] }
  }

  private func checkScheme(_ request: FileRequest) throws(SealiftError) {
    guard case .url(let url) = request.place, !options.registry.allows(url) else { return }
    throw request.position.error(
      "\(url) is not https", nextStep: "name an https URL, or pass --src-tls-verify=false")
  }

  private func bytesToRead(_ requests: [FileRequest]) throws(SealiftError) -> Int {
    var bytes = 0
    for request in requests {
      if case .path(let path) = request.place, request.digest == nil { bytes += try request.open(path).size() }
    }
    return bytes
  }

  private func find(_ request: FileRequest) async throws -> PackedFile {
    switch request.place {
    case .path(let path):
      return try await pool.runCancellable { flag in
        let file = try request.open(path)
        if let digest = request.digest { return PackedFile(request, digest, size: try file.size()) }
        let (digest, size) = try hash(file, flag)
        return PackedFile(request, digest, size: size)
      }
    case .url(let url):
      guard let digest = request.digest else {
        throw request.position.error("\(url) has no sha256", nextStep: "add it")
      }
      return PackedFile(request, digest, size: try await size(of: url, digest, request))
    }
  }

  private func hash(_ file: File, _ flag: CancellationFlag) throws -> (Digest, size: Int) {
    let hasher = SHA256Hasher()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 4096)
    defer { buffer.deallocate() }
    var size = 0
    while case let count = try file.read(into: buffer), count > 0 {
      try flag.check()
      hasher.update(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
      size += count
      reporter.report(.advanced(bytes: count))
    }
    return (hasher.finalize(), size)
  }

  private func size(of url: HTTPURL, _ digest: Digest, _ request: FileRequest) async throws -> Int {
    if let size = request.size { return size }
    switch try await fetcher.size(of: url, what: request.name) {
    case .missing: throw request.missing(url)
    case .bytes(let size):
      guard size <= FileRequest.maximumBytes else { throw request.wrong("its server says that it has \(size) bytes") }
      return size
    case .unknown:
      guard !options.isDryRun else {
        throw request.position.error(
          "\(url.authority) does not tell the size of \(request.name), and a dry run does not fetch it",
          nextStep: "add size, or pack without --dry-run")
      }
      return try await fetch(url, digest, request)
    }
  }

  /// Fetches a file whose size nobody tells. Its content is kept, so that it is not fetched again.
  private func fetch(_ url: HTTPURL, _ digest: Digest, _ request: FileRequest) async throws -> Int {
    reporter.report(.note("\(url.authority) does not tell the size of \(request.name): it is fetched for the plan"))
    let file = try File.anonymous(in: directory)
    let hasher = SHA256Hasher()
    let size = try await fetcher.download(url, what: request.name, limit: FileRequest.maximumBytes) { bytes in
      hasher.update(bytes)
      try file.write(bytes)
      reporter.report(.advanced(bytes: bytes.count))
    }
    guard let size else { throw request.missing(url) }
    let found = hasher.finalize()
    guard found == digest else {
      throw request.wrong("its server sent \(size) bytes with the digest \(found), and \(digest) is expected")
    }
    sources.built.add(digest, file)
    return size
  }
}
