public import BundleFormat
internal import Diagnostics
internal import Digests
public import OCI
public import SystemIO

/// A bundle at hand whose blobs another one rests on: its head is proven, and its end is as it must be.
///
/// Threads: any, many at once.
public final class BaseArchive: HeldBlobSource {
  private let path: String
  /// The bundle itself.
  public let bundle: BundleFile
  private let pool: BlockingPool
  private let places: [Digest: Int32]

  private static let pieceBytes = 256 << 10

  /// Opens one. It blocks.
  ///
  /// - Parameter pool: Threads that read.
  /// - Throws: `untrusted`; `corrupt`, also for a head that was saved without the rest.
  public init(_ path: String, _ trust: TrustOptions, pool: BlockingPool) throws {
    self.path = path
    self.pool = pool
    let file = try BundlePlaces(path).open(trust, SilentReporter())
    let input = BundleInput(file)
    let head = try input.readHead(trust.openOneOfSeveral(input)) { _, _ in }
    guard try file.size() > head.bodyOffset else {
      throw SealiftError(
        .corrupt, "\(path) is the head of a bundle, without its blobs", nextStep: "name the bundle's whole file")
    }
    bundle = try BundleFile(file, head)
    let blobs = head.verified.index.blobs
    places = Dictionary(uniqueKeysWithValues: blobs.indices.map { (blobs[$0].descriptor.digest, Int32($0)) })
  }

  /// The place of a blob in the index's `blobs`; `nil` if it is not stored here.
  public func place(of blob: Descriptor) -> Int? {
    guard let place = places[blob.digest].map({ Int($0) }),
      bundle.head.verified.index.blobs[place].descriptor.size == blob.size
    else { return nil }
    return place
  }

  /// The content of a blob, whose reader proves it; `nil` if it is not stored here.
  public func content(of blob: Descriptor) -> (any BlobContent)? { place(of: blob).map { bundle.content($0) } }

  /// Whether a blob is stored here.
  public func has(_ blob: Descriptor) -> Bool { place(of: blob) != nil }

  /// Reads a part of a blob; see `HeldBlobSource`.
  public func read(
    _ blob: Descriptor, _ range: Range<Int>, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    guard let place = place(of: blob) else {
      throw SealiftError(
        .notFound, "\(path) does not have \(blob.digest)", nextStep: "name the bundle that has brought it")
    }
    try await pool.runCancellable { [bundle] flag in
      try withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { buffer in
        try bundle.read(place, range, through: buffer) { piece in
          try flag.check()
          try consume(piece)
        }
      }
    }
  }
}
