internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

extension Publication {
  /// Brings what the bundle rests on to where it is needed and is not.
  func publishHeld(_ publisher: Publisher) async throws {
    guard let held else { return }
    let plan = publisher.plan
    let size = { (number: Int) in plan.heldBlob(number).map { held.bytesFromBases($0.descriptor) } ?? 0 }
    try await plan.heldRange.forEachConcurrently(in: lanes, size: size) { number in
      guard let blob = plan.heldBlob(number) else { return }
      let finding = held.findings[blob.descriptor.digest] ?? HeldBlobs.Finding(absent: blob.repositories)
      try await publisher.bring(blob, found: finding) { repository in
        try await held.send(blob.descriptor, to: repository, of: publisher.target, reporter)
      }
    }
  }

  /// Looks once more for what the bundle rests on, just before the tags are set: somebody may have deleted it meanwhile.
  ///
  /// - Throws: `baseMissing` if some of it is gone.
  func requireHeld(_ publisher: Publisher) async throws {
    guard let held else { return }
    let plan = publisher.plan
    let gone = Monitor(Set<Int>())
    try await plan.heldPlaces().forEachConcurrently(limit: lanes.requests) { place in
      guard let blob = plan.heldBlob(place.number), await publisher.isNeeded(blob, place.repository) else { return }
      do {
        if try await publisher.target.hasBlob(blob.descriptor, in: place.repository) { return }
      } catch let error as SealiftError {
        guard await publisher.canGoOn(after: error, in: place.repository) else { throw error }
        return
      }
      gone.withLock { _ = $0.insert(place.number) }
    }
    let missing = MissingBase.grouped(gone.withLock { $0.sorted() }, of: held.index, plan)
    guard let failure = missing.failure("they were there when this run began, and no tag was set") else { return }
    await publisher.note(missing)
    throw failure
  }

  /// The bytes that move, and how often a blob is to be brought to a repository.
  func totals(of plan: PublishPlan) -> (bytes: Int, items: Int) {
    let own = plan.totals
    guard let held else { return own }
    let blobs = plan.heldRange.lazy.compactMap { plan.heldBlob($0) }
    return (
      blobs.reduce(own.bytes) { $0 + held.bytesFromBases($1.descriptor) },
      blobs.reduce(own.items) { $0 + $1.repositories.count }
    )
  }
}

extension Publisher {
  /// Lists in the receipt what was there and is gone.
  fileprivate func note(_ missing: [MissingBase]) { receipt.missing = missing }
}

extension PublishPlan {
  /// Where held blobs are needed: each by its place in the index's `held`, once for each repository.
  func heldPlaces(perBlob limit: Int = .max) -> [(number: Int, repository: String)] {
    heldRange.flatMap { number in
      (heldBlob(number)?.repositories.prefix(limit) ?? []).map { (number: number, repository: $0) }
    }
  }
}
