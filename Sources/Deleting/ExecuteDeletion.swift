internal import Content
public import Diagnostics
internal import Digests
internal import JSON
internal import OCI
internal import Publishing
internal import Registry
internal import SystemIO

/// Deletes what a list names, unless something else at the target needs it.
///
/// What is gone already counts as done, so that a run that was interrupted can be run again.
///
/// - Parameters:
///   - isDryRun: Whether only to look.
///   - receipt: Where to write what was done.
///   - parallel: How many requests run at once.
/// - Throws: `configuration` if a tag shows that something unknown needs what the list names: nothing is deleted then.
public func executeDeletion(
  _ options: DeletionOptions, isDryRun: Bool, receipt: String?, parallel: Int, reporter: any Reporter
) async throws -> DeletionReceipt {
  let file = try isDryRun ? nil : receipt.map { (path) throws(SealiftError) in try OutputFile(path) }
  let pool = BlockingPool(threads: parallel + 2)
  let (host, address) = try options.address()
  let bytes = try FileSystem.read(options.list, limit: DeletionList.maximumBytes)
  let list = try DeletionList(bytes, for: options)
  let known = try await pool.run { [maxNestedPaths = list.maxNestedPaths] in
    try options.keptContent(host, address, maxNestedPaths: maxNestedPaths)
  }
  let client = try options.registry.client(for: host, pool: pool, reporter: reporter)
  let kept = try await known.withBases(of: list.items, at: client, parallel: parallel)
  let run = Deletion(list: list, kept: kept, host: host, client: client, parallel: parallel, reporter: reporter)
  let state = DeletionState(
    DeletionReceipt(target: options.target, list: SHA256Hasher.digest(of: bytes), kept: run.keptBack))
  do {
    try await run.work(isDryRun: isDryRun, state)
  } catch {
    try write(await state.receipt, to: file, failure: error)
    throw error
  }
  let done = await state.receipt
  try write(done, to: file, failure: nil)
  if !done.manifests.isEmpty, done.count(.absent) == done.manifests.count {
    reporter.report(
      .note(
        "nothing of the list is at \(options.target): it is gone already, or was unpacked under another name or with "
          + "another --max-nested-paths"))
  }
  return done
}

extension KeptContent {
  /// The same with those items whose layers an update may still look for; what they consist of, the target tells.
  fileprivate func withBases(
    of items: [DeletionItem], at client: RegistryClient, parallel: Int
  ) async throws -> KeptContent {
    guard hasUpdates else { return self }
    let found = Monitor(self)
    try await items.forEachConcurrently(limit: parallel) { item in
      for place in item.places {
        guard let manifest = try await client.manifest(.digest(place.digest), in: place.repository)?.manifest,
          case .image(let config, let layers) = manifest.content,
          let owner = update(restingOn: [config] + layers, in: place.repository)
        else { continue }
        return found.withLock { $0.add(item.places, for: owner) }
      }
    }
    return found.withLock { $0 }
  }
}

private func write(_ receipt: DeletionReceipt, to file: OutputFile?, failure: (any Error)?) throws {
  guard let file else { return }
  var receipt = receipt
  receipt.failure = failure.map { ($0 as? SealiftError)?.problem ?? "\($0)" }
  try file.write(JSONWriter.bytes(of: receipt.json) + [UInt8(ascii: "\n")])
}

/// What a run has done so far.
private actor DeletionState {
  private(set) var receipt: DeletionReceipt

  init(_ receipt: DeletionReceipt) { self.receipt = receipt }

  func note(_ place: ManifestPlace, _ outcome: Event.Outcome) { receipt.manifests[place] = outcome }
}

/// One run of `delete --execute`.
private struct Deletion: Sendable {
  let list: DeletionList
  let kept: KeptContent
  let host: String
  let client: RegistryClient
  let parallel: Int
  let reporter: any Reporter

  /// What the list names and what stays, because it is needed now.
  var keptBack: [GeneratedDeletion.Kept] {
    Set(list.items.flatMap(\.places)).sorted().compactMap { place in
      kept.places[place].map { .init(reference: DeletionList.reference(place, host), neededBy: $0) }
    }
  }

  func work(isDryRun: Bool, _ state: DeletionState) async throws {
    for kept in keptBack { reporter.report(.warning("\(kept.reference) stays: \(kept.neededBy) needs it")) }
    let findings = try await DeletionCheck(list.items, client, keeping: kept, parallel: parallel).run(reporter)
    try refuse(findings.objections)
    let steps = steps(lists: findings.lists)
    reporter.report(.phase(isDryRun ? .check : .delete, bytes: 0, items: steps.reduce(0) { $0 + $1.count }))
    if isDryRun {
      for step in steps { try await step.forEachConcurrently(limit: parallel) { try await look(at: $0, state) } }
      return
    }
    // By itself: a registry that allows no deletion, or not to this account, is asked once.
    var isFirst = true
    for step in steps {
      for place in step.prefix(isFirst ? 1 : 0) { try await delete(place, state) }
      try await step.dropFirst(isFirst ? 1 : 0).forEachConcurrently(limit: parallel) { try await delete($0, state) }
      isFirst = isFirst && step.isEmpty
      // What is still there must stay whole.
      if await state.receipt.count(.present) > 0 { return }
    }
  }

  private func refuse(_ objections: [String]) throws(SealiftError) {
    guard let first = objections.first else { return }
    for objection in objections { reporter.report(.warning(objection)) }
    let more = objections.count > 1 ? ", and \(objections.count - 1) more" : ""
    throw SealiftError(
      .configuration, "nothing is deleted, because \(first)\(more)",
      nextStep:
        "name with --keep the receipts of all that is at the target and make the list again, or remove the item "
        + "from the list")
  }

  /// What is deleted together: what names others, then what they name; then the parts of indexes; referrers at the end.
  private func steps(lists: Set<ManifestPlace>) -> [[ManifestPlace]] {
    var steps = [[ManifestPlace]](repeating: [], count: 6)
    var seen: Set<ManifestPlace> = Set(kept.places.keys)
    for item in list.items where seen.insert(item.place).inserted {
      steps[item.kind == .referrer ? 5 : item.kind.step].append(item.place)
    }
    for item in list.items { steps[3] += item.places.dropFirst().filter { seen.insert($0).inserted } }
    steps[4] = lists.sorted().filter { seen.insert($0).inserted }
    return steps
  }

  private func delete(_ place: ManifestPlace, _ state: DeletionState) async throws {
    let wasThere = try await client.deleteManifest(place.digest, in: place.repository)
    // Some registries take the request, or do not know it, and keep the manifest.
    let isThere = try await client.hasManifest(.digest(place.digest), in: place.repository) != nil
    await finish(place, isThere ? .present : wasThere ? .deleted : .absent, state)
  }

  private func look(at place: ManifestPlace, _ state: DeletionState) async throws {
    let isThere = try await client.hasManifest(.digest(place.digest), in: place.repository) != nil
    await finish(place, isThere ? .present : .absent, state)
  }

  private func finish(_ place: ManifestPlace, _ outcome: Event.Outcome, _ state: DeletionState) async {
    await state.note(place, outcome)
    reporter.report(.finished(item: place.name, outcome: outcome))
  }
}
