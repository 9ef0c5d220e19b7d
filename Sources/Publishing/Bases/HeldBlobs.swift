internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Synchronization

/// Where each blob is that a bundle rests on.
///
/// Whatever is made of bytes that are not in the bundle reads them here: it need not know whether they come from the
/// target or out of an older bundle.
struct HeldBlobs: HeldBlobSource {
  /// What has a blob.
  enum Holder: Sendable, Equatable {
    /// A repository of the target, which may be none of those that need it.
    case target(repository: String)
    /// An older bundle at hand.
    case base
  }

  /// What was found of one blob.
  struct Finding: Sendable {
    /// `nil` where the target does not tell of it, and a run that leaves out such things goes on.
    var holder: Holder?
    /// The repositories that need it and did not have it.
    var absent: [String] = []

    /// The repository of the target that has it.
    var repository: String? {
      if case .target(let repository) = holder { repository } else { nil }
    }
  }

  /// The index of the bundle that rests on them.
  let index: BundleIndex
  /// The target; `nil` where it is a directory that is not there.
  let target: (any ImageSource)?
  /// Older bundles at hand.
  let bases: [BaseArchive]
  /// By digest; of what is missing there is none.
  let findings: [Digest: Finding]
  /// What the target lacks, by the bundle that brings it.
  let missing: [MissingBase]
  // Each keeps some chunks: a few fill a line.
  private let copies = Semaphore(4)

  /// How many bytes of a blob an older bundle is read for.
  func bytesFromBases(_ descriptor: Descriptor) -> Int {
    findings[descriptor.digest]?.holder == .base ? descriptor.size : 0
  }

  /// Whether a blob was found.
  func has(_ blob: Descriptor) -> Bool { findings[blob.digest]?.holder != nil }

  /// Reads a part of a blob where it was found; see `HeldBlobSource`.
  func read(
    _ blob: Descriptor, _ range: Range<Int>, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    switch findings[blob.digest]?.holder {
    case .target(let repository):
      guard let target else { throw Self.gone(blob) }
      do {
        try await ImageRepository(repository, of: target).read(blob, range, consume)
      } catch let error as SealiftError where error.code == .notFound {
        throw Self.gone(blob)
      }
    case .base:
      guard let base = bases.first(where: { $0.has(blob) }) else { throw Self.gone(blob) }
      try await base.read(blob, range, consume)
    case nil: throw Self.gone(blob)
    }
  }

  /// Sends a blob to a repository that lacks it, where the target does not link it.
  ///
  /// - Parameter reporter: Hears of bytes that an older bundle was read for: those of the target were not counted.
  func send(
    _ descriptor: Descriptor, to repository: String, of target: any ImageTarget, _ reporter: any Reporter
  ) async throws {
    if findings[descriptor.digest]?.holder == .base, let content = bases.content(of: descriptor) {
      return try await target.putBlob(ReportedContent(content: content, reporter: reporter), in: repository)
    }
    try await copies.wait()
    do {
      try await BlobCopy(descriptor: descriptor, source: self, target: target, repository: repository).run()
    } catch {
      await copies.signal()
      throw error
    }
    await copies.signal()
  }

  /// The error for what was there when the target was looked at first.
  private static func gone(_ descriptor: Descriptor) -> SealiftError {
    SealiftError(
      .baseMissing, "the target does not have \(descriptor.digest) any more, on which the bundle rests; no tag was set",
      nextStep: "run the same command again: it tells which bundle brings what is not there")
  }
}

extension [BaseArchive] {
  /// The content of a blob, if one of them has it.
  func content(of blob: Descriptor) -> (any BlobContent)? { lazy.compactMap { $0.content(of: blob) }.first }
}

extension ImageRepository {
  /// Reads a part of a blob; what stands behind it is not asked for to its end.
  fileprivate func read(
    _ blob: Descriptor, _ range: Range<Int>, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    let rest = Atomic(range.count)
    do {
      try await self.blob(blob, from: range.lowerBound) { bytes in
        let wanted = rest.load(ordering: .relaxed)
        guard wanted > 0 else { throw Enough() }
        let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(wanted))
        try consume(part)
        rest.store(wanted - part.count, ordering: .relaxed)
      }
    } catch is Enough {}
  }

  private struct Enough: Error {}
}
