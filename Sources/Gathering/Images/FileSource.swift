public import BundleFormat
public import Configuration
internal import Diagnostics
public import Digests
internal import HTTPTransport
public import OCI
internal import Synchronization
internal import SystemIO
internal import YAML

/// The files that the configuration names, on web servers and on this machine, as a source of blobs.
///
/// Threads: any, many at once.
public final class FileSource: BlobSource {
  private let fetcher: HTTPFetcher
  private let pool: BlockingPool
  private let requests = Mutex([Digest: FileRequest]())

  private static let chunkBytes = 1 << 20

  /// - Parameters:
  ///   - fetcher: How web servers are reached.
  ///   - pool: Threads that read.
  init(_ fetcher: HTTPFetcher, pool: BlockingPool) {
    self.fetcher = fetcher
    self.pool = pool
  }

  /// Says where the files of an index are found: their entries lack the query of a URL, so their names lead there.
  public func add(_ files: [BundleIndex.CarriedFile], _ requests: [FileRequest]) {
    let byName = Dictionary(requests.map { ($0.name, $0) }) { first, _ in first }
    for file in files {
      guard let request = byName[file.name] else { continue }
      self.requests.withLock { $0[file.digest] = request }
    }
  }

  /// Fetches or reads a file; see `BlobSource`.
  public func blob(
    _ descriptor: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    guard let request = requests.withLock({ $0[descriptor.digest] }) else {
      throw SealiftError(.internal, "no file is known for \(descriptor.digest)", nextStep: "report this defect")
    }
    switch request.place {
    case .url(let url):
      let isThere = try await fetcher.download(
        url, what: request.name, size: descriptor.size, from: offset, consume)
      guard isThere else { throw request.missing(url) }
    case .path(let path):
      try await pool.runCancellable { flag in
        try Self.read(request.open(path), request, descriptor, from: offset, flag, consume)
      }
    }
  }

  private static func read(
    _ file: File, _ request: FileRequest, _ descriptor: Descriptor, from offset: Int, _ flag: CancellationFlag,
    _ consume: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let size = try file.size()
    guard size == descriptor.size else { throw changed(request, "it has \(size) bytes, and had \(descriptor.size)") }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 4096)
    defer { buffer.deallocate() }
    var position = offset
    while position < size {
      try flag.check()
      let count = try file.read(into: .init(rebasing: buffer.prefix(size - position)), at: position)
      guard count > 0 else { throw changed(request, "it ended after \(position) of \(size) bytes") }
      try consume(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
      position += count
    }
  }

  /// Lets an error about the content of a blob say which file it is, if it is one.
  public func naming<Result>(_ digest: Digest, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SealiftError where error.code == .protocol {
      guard let request = requests.withLock({ $0[digest] }) else { throw error }
      if case .path = request.place, request.digest == nil { throw Self.changed(request, error.problem) }
      throw request.wrong(error.problem)
    }
  }

  private static func changed(_ request: FileRequest, _ how: String) -> SealiftError {
    SealiftError(
      .corrupt, "\(request.place) has changed since the plan was made: \(how)",
      nextStep: "run the same command again when the file stays as it is")
  }
}

extension FileRequest {
  /// The error for a URL that leads nowhere.
  func missing(_ url: HTTPURL) -> SealiftError {
    SealiftError(.notFound, "there is no \(url), for \(name)", nextStep: "correct the url at \(position.description)")
  }

  /// The error for content that is not what the configuration asks for.
  func wrong(_ problem: String) -> SealiftError {
    SealiftError(
      .protocol, "\(name) (\(place)) is not the file that is asked for: \(problem)",
      nextStep: "compare the sha256 at \(position.description) with the one that the publisher names")
  }
}
