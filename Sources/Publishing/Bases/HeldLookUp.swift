internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// Looks for the blobs that a bundle rests on, before anything moves.
struct HeldLookUp: Sendable {
  let plan: PublishPlan
  let index: BundleIndex
  /// The target; it is only read. `nil` for a directory that is not there.
  let target: (any ImageSource)?
  let address: TargetAddress
  let maxNestedPaths: Int?
  /// Older bundles at hand.
  let bases: [BaseArchive]
  let lanes: Lanes
  /// Whether what a registry says it has is read to its end.
  let proves: Bool
  /// Whether a repository that does not answer is left to be found out when something is brought there.
  let passesOver: Bool
  let reporter: any Reporter

  /// What was found so far, by the place in the index's `held`.
  private struct State {
    var found: [Int: HeldBlobs.Finding] = [:]
    var unknown: Set<Int> = []
    var damaged: Set<Int> = []
  }

  /// Finds each blob that an image of the plan needs.
  ///
  /// - Throws: What the target throws when it is asked; that something is missing is in the result.
  func run() async throws -> HeldBlobs {
    let state = Monitor(State())
    let wanted = plan.heldRange.filter { plan.heldBlob($0) != nil }
    try await lookWhereNeeded(wanted, state)
    try await lookElsewhere(wanted, state)
    if proves { try await prove(wanted, state) }
    let found = state.withLock { $0 }
    let lacking = wanted.filter { number in
      found.damaged.contains(number) || found.found[number]?.holder == nil && !found.unknown.contains(number)
    }
    let findings = wanted.compactMap { number in
      found.found[number].map { (index.held[number].descriptor.digest, $0) }
    }
    return HeldBlobs(
      index: index, target: target, bases: bases, findings: Dictionary(findings) { first, _ in first },
      missing: MissingBase.grouped(
        lacking, of: index, plan, damaged: found.damaged, wasSought: !bases.isEmpty))
  }

  /// Asks the repositories that need them.
  private func lookWhereNeeded(_ wanted: [Int], _ state: Monitor<State>) async throws {
    // A layout has one store for all.
    let isShared = if case .layout = address { true } else { false }
    let places = plan.heldPlaces(perBlob: isShared ? 1 : .max)
    reporter.report(.phase(.check, bytes: 0, items: places.count))
    try await places.forEachConcurrently(limit: lanes.requests) { place in
      let answer = try await has(place.number, in: place.repository)
      reporter.report(
        .finished(
          item: index.held[place.number].descriptor.digest.description, outcome: answer == true ? .present : .absent))
      state.withLock { state in
        var finding = state.found[place.number] ?? HeldBlobs.Finding()
        if answer == true { finding.holder = .target(repository: place.repository) }
        if answer != true { finding.absent.append(place.repository) }
        if answer == nil { state.unknown.insert(place.number) }
        state.found[place.number] = finding
      }
    }
  }

  /// Asks the repositories that bases have put the others in, one after the other, then the bundles at hand.
  private func lookElsewhere(_ wanted: [Int], _ state: Monitor<State>) async throws {
    let found = state.withLock { $0.found }
    let rest = wanted.filter { found[$0]?.holder == nil }
    let places = index.basePlaces.map {
      address.repository(for: $0.repository, maxNestedPaths: maxNestedPaths)
    }
    try await rest.forEachConcurrently(limit: lanes.requests) { number in
      var known = Set(found[number]?.absent ?? [])
      var holder: HeldBlobs.Holder?
      for place in index.held[number].places where holder == nil && known.insert(places[place]).inserted {
        guard (try? address.requireName(places[place])) != nil else { continue }
        if try await has(number, in: places[place]) == true { holder = .target(repository: places[place]) }
      }
      if holder == nil, bases.contains(where: { $0.has(index.held[number].descriptor) }) { holder = .base }
      state.withLock { [holder] in $0.found[number, default: HeldBlobs.Finding()].holder = holder }
    }
  }

  /// Reads what the target has; a registry's storage rots without its noticing.
  private func prove(_ wanted: [Int], _ state: Monitor<State>) async throws {
    let found = state.withLock { $0.found }
    try await wanted.forEachConcurrently(in: lanes, size: { index.held[$0].descriptor.size }) { number in
      guard let target, let repository = found[number]?.repository else { return }
      guard try await !target.isWhole(index.held[number].descriptor, in: repository) else { return }
      state.withLock { _ = $0.damaged.insert(number) }
    }
  }

  /// - Returns: `nil` where the target does not tell, and that is passed over.
  private func has(_ number: Int, in repository: String) async throws -> Bool? {
    guard let target else { return false }
    let descriptor = index.held[number].descriptor
    guard let writable = target as? any ImageTarget else {
      return try await target.isWhole(descriptor, in: repository)
    }
    do { return try await writable.hasBlob(descriptor, in: repository) } catch let error as SealiftError
      where passesOver
    {
      guard await writable.isOfOneThing(error, in: repository) else { throw error }
      return nil
    }
  }
}

extension ImageSource {
  /// Whether a blob is there and its bytes have its digest: all of it is read.
  func isWhole(_ descriptor: Descriptor, in repository: String) async throws -> Bool {
    let hasher = SHA256Hasher()
    do {
      try await blob(descriptor, in: repository, from: 0) { hasher.update($0) }
    } catch let error as SealiftError where [.notFound, .corrupt, .protocol].contains(error.code) {
      return false
    }
    return hasher.finalize() == descriptor.digest
  }
}
