public import BundleFormat
public import Diagnostics
internal import Digests
internal import OCI
internal import Parity
internal import Signing
internal import SystemIO

/// What `verify` proved.
public struct Verification: Sendable {
  /// The id of the bundle.
  public let id: String
  /// The ids of the trusted keys that signed it.
  public let signers: [String]
  /// How many blobs were proven.
  public let blobs: Int
  /// The bytes of all blobs.
  public let blobBytes: Int
  /// What the signatures of its releases are worth here.
  public let releases: [ReleaseFinding]
  /// What became of the files of the program that belong beside it; `nil` if there are none.
  public let tools: ToolFinding?
  /// The bundles on which it rests.
  public let bases: [BundleContents.Base]
  /// How far the bundles at hand have what it rests on, which was proven there; `nil` if none were named.
  public let coverage: BaseCoverage?
  /// What was damaged or missing, and was made anew from parity while it was read.
  public let repaired: [DamagedVolume]
}

/// What lies beside a bundle.
public struct ToolFinding: Sendable {
  /// The directory in which it belongs; `nil` for a bundle from a pipe.
  public let directory: String?
  /// How many files belong there.
  public let files: Int
  /// Whether the directory is there, and was proven.
  public let isProven: Bool
}

/// Reads every byte of a bundle and compares it with what the signed index asks for.
///
/// - Parameters:
///   - places: What the user names.
///   - trust: Whom to trust.
///   - releaseTrust: Whom to trust in what releases are.
///   - bases: Older bundles in which what it rests on is proven too.
/// - Throws: `corrupt`, with entry and offset; `untrusted`; `beyondRepair`, with all that is damaged.
public func verify(
  _ places: BundlePlaces, trust: TrustOptions, releaseTrust: ReleaseTrustOptions, bases: [String] = [],
  reporter: any Reporter
) async throws -> Verification {
  let pool = BlockingPool(threads: Processors.count)
  let file = try await pool.run { try places.open(trust, reporter) }
  do {
    return try await verify(file, places, trust, releaseTrust, bases, pool, reporter)
  } catch let error as SealiftError where error.code == .beyondRepair {
    guard let bundle = file as? ProtectedBundle else { throw error }
    throw try await bundle.survey(pool: pool, reporter: reporter).failure ?? error
  }
}

private func verify(
  _ file: any BundleMedium, _ places: BundlePlaces, _ trust: TrustOptions, _ releaseTrust: ReleaseTrustOptions,
  _ bases: [String], _ pool: BlockingPool, _ reporter: any Reporter
) async throws -> Verification {
  let input = BundleInput(file)
  let (head, releases) = try await pool.run {
    let verified = try trust.open(input)
    let signatures = try MetadataStore(in: FileSystem.temporaryDirectory(releaseTrust.environment))
    let wanted = Set(verified.index.signatureFiles.map(\.digest))
    let head = try input.readHead(verified) { if wanted.contains($0) { try signatures.put($0, $1) } }
    return (head, try releaseTrust.prove(verified.index, reporter, content: signatures.required))
  }
  let index = head.verified.index
  // What is wrong with them shows before all else is read.
  let archives = try await pool.run { try bases.map { try BaseArchive($0, trust, pool: pool) } }
  let resting = index.held.map(\.descriptor).filter { blob in archives.contains { $0.has(blob) } }
  reporter.report(
    .phase(
      .prove, bytes: index.bytesBehindHead + resting.reduce(0) { $0 + $1.size },
      items: index.blobs.count + resting.count))
  if file.isSeekable {
    let bundle = try await pool.run { try BundleFile(file, head) }
    try await prove(bundle, index.blobs.indices, pool, reporter)
  } else {
    try await pool.runCancellable { flag in
      let stream = BundleStream(input, head)
      while let piece = try stream.piece(limit: pieceBytes) {
        try flag.check()
        reporter.report(.advanced(bytes: piece.bytes.count))
      }
    }
  }
  for (number, archive) in archives.enumerated() {
    let earlier = archives[..<number]
    let own = resting.filter { blob in !earlier.contains { $0.has(blob) } }.compactMap { archive.place(of: $0) }
    try await prove(archive.bundle, own.sorted(), pool, reporter)
  }
  let found = Set(resting.map(\.digest))
  let tools = try await pool.run { try proveTools(index, beside: places.isStandardInput ? nil : file.path) }
  return Verification(
    id: head.verified.id.description, signers: head.verified.verdict.signers.sorted().map { $0.description },
    blobs: index.metadata.count + index.blobs.count, blobBytes: index.blobBytes, releases: releases,
    tools: tools, bases: BundleContents.bases(of: index),
    coverage: archives.isEmpty ? nil : BaseCoverage(of: index) { found.contains($0.digest) },
    repaired: file.damage)
}

private func proveTools(_ index: BundleIndex, beside bundle: String?) throws(SealiftError) -> ToolFinding? {
  guard !index.tools.isEmpty else { return nil }
  guard let bundle else { return ToolFinding(directory: nil, files: index.tools.count, isProven: false) }
  let directory = ToolDirectory(beside: bundle)
  return ToolFinding(
    directory: directory.path, files: index.tools.count, isProven: try directory.prove(index.tools))
}

/// The bytes that are read at once: enough that the calls cost nothing, and few enough to stay in the cache.
private let pieceBytes = 1 << 20

/// Each thread takes the next blob in file order until none is left.
///
/// - Parameter places: The blobs, by their places in the index's `blobs`.
private func prove(
  _ bundle: BundleFile, _ places: some RandomAccessCollection<Int> & Sendable, _ pool: BlockingPool,
  _ reporter: any Reporter
) async throws {
  let places = Array(places)
  let next = Monitor(0)
  try await (0..<pool.threads).forEachConcurrently(limit: pool.threads) { _ in
    try await pool.runCancellable { flag in
      try withUnsafeTemporaryAllocation(byteCount: pieceBytes, alignment: 4096) { buffer in
        while true {
          let index = next.withLock { next in
            defer { next += 1 }
            return next
          }
          guard index < places.count else { return }
          try bundle.prove(places[index], through: buffer) { bytes in
            try flag.check()
            reporter.report(.advanced(bytes: bytes))
          }
        }
      }
    }
  }
}
