import BundleFormat
import Content
import Diagnostics
import Digests
import OCI
import SystemIO
import TestSupport
import Testing

@testable import Publishing

/// The bytes of what a bundle rests on, wherever they are.
struct HeldBlobsTests {
  private let directory: TemporaryDirectory
  private let pool = BlockingPool(threads: 8)

  init() throws { directory = try TemporaryDirectory() }

  /// A blob that has several chunks and a bit.
  private static let bytes = {
    let block = LayoutFixture.noise(seed: 1, size: 4096)
    var bytes: [UInt8] = []
    while bytes.count < 21 << 20 {
      withUnsafeBytes(of: bytes.count) { bytes += $0 }
      bytes += block
    }
    return bytes
  }()
  private static let blob = Descriptor(
    mediaType: MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip"),
    digest: SHA256Hasher.digest(of: bytes), size: bytes.count)

  private func held(_ holder: HeldBlobs.Holder, at target: any ImageSource, _ bases: [BaseArchive] = []) -> HeldBlobs {
    HeldBlobs(
      index: BundleDraft().index, target: target, bases: bases,
      findings: [Self.blob.digest: HeldBlobs.Finding(holder: holder)], missing: [])
  }

  @Test func anyPartIsReadFromATargetAndFromABase() async throws {
    let target = try await OCILayoutTarget(directory("layout"), pool: pool)
    try await target.putBlob(ProvenBytes(descriptor: Self.blob, bytes: Self.bytes), in: "team/app")
    var draft = BundleDraft()
    let layer = draft.addBlob(Self.bytes, Self.blob.mediaType, .zstd)
    let config = draft.addMetadata(.ociConfig, Array("{}".utf8))
    draft.addImage(draft.addManifest(config: config, layers: [layer]), at: "team/app", tags: ["1"])
    try TinyBundle(index: draft.index.withHeadFiles(), contents: draft.contents, keys: []).write(to: directory("base"))
    var trust = TrustOptions()
    trust.allowUnsigned = true
    let base = try BaseArchive(directory("base"), trust, pool: pool)
    for held in [held(.target(repository: "team/app"), at: target), held(.base, at: target, [base])] {
      #expect(held.has(Self.blob))
      for range in [0..<0, 0..<1, 5..<70_000, 4_194_303..<4_194_305, 20_000_000..<Self.bytes.count] {
        let collected = Monitor([UInt8]())
        try await held.read(Self.blob, range) { piece in collected.withLock { $0 += piece } }
        #expect(collected.withLock { $0 == Array(Self.bytes[range]) }, "\(range)")
      }
    }
  }

  @Test func aCopyIsWholeOrNotThere() async throws {
    let (from, to) = (
      try await OCILayoutTarget(directory("from"), pool: pool), try await OCILayoutTarget(directory("to"), pool: pool)
    )
    try await from.putBlob(ProvenBytes(descriptor: Self.blob, bytes: Self.bytes), in: "")
    let held = held(.target(repository: ""), at: from)
    for flaw in [Flawed.Flaw.otherBytes, .breaks, nil] {
      let copy = BlobCopy(
        descriptor: Self.blob, source: Flawed(source: held, flaw: flaw), target: to, repository: "")
      if flaw == nil { try await copy.run() } else { await #expect(throws: SealiftError.self) { try await copy.run() } }
      #expect(try await to.hasBlob(Self.blob, in: "") == (flaw == nil))
    }
  }

  @Test func aTargetThatStopsTakingEndsTheReading() async throws {
    let from = try await OCILayoutTarget(directory("from"), pool: pool)
    try await from.putBlob(ProvenBytes(descriptor: Self.blob, bytes: Self.bytes), in: "")
    let copy = BlobCopy(
      descriptor: Self.blob, source: held(.target(repository: ""), at: from), target: Full(of: from), repository: "")
    await #expect(throws: Full.Stop.self) { try await copy.run() }
  }
}

/// A source that does not give what it should.
private struct Flawed: HeldBlobSource {
  enum Flaw { case otherBytes, breaks }

  let source: HeldBlobs
  let flaw: Flaw?

  func has(_ blob: Descriptor) -> Bool { source.has(blob) }

  func read(
    _ blob: Descriptor, _ range: Range<Int>, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    let end = flaw == nil ? range.upperBound : range.upperBound - 1
    try await source.read(blob, range.lowerBound..<end, consume)
    switch flaw {
    case .otherBytes: try [UInt8(7)].withUnsafeBytes { try consume($0) }
    case .breaks: throw SealiftError(.network, "it broke", nextStep: "try again")
    case nil: break
    }
  }
}

/// A target whose uploads take one chunk, and no more.
private struct Full: ImageTarget {
  struct Stop: Error {}

  let source: OCILayoutTarget

  init(of source: OCILayoutTarget) { self.source = source }

  func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? { nil }
  func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {}
  func hasBlob(_ descriptor: Descriptor, in repository: String) async throws -> Bool { false }
  func mountBlob(_ descriptor: Descriptor, from other: String, into repository: String) async throws -> Bool { false }
  func putBlob(_ content: any BlobContent, in repository: String) async throws {}
  func startUpload(in repository: String) async throws -> any BlobUpload { Upload() }
  func hasManifest(_ reference: ManifestReference, in repository: String) async throws -> Digest? { nil }
  func putManifest(
    _ bytes: [UInt8], mediaType: MediaType, as reference: ManifestReference, in repository: String
  ) async throws -> Bool { false }
  func commit() async throws {}

  private actor Upload: BlobUpload {
    private var count = 0

    func append(_ chunk: [UInt8]) throws {
      count += 1
      if count > 1 { throw Stop() }
    }

    func finish(_ digest: Digest) throws { throw Stop() }
    func cancel() {}
  }
}
