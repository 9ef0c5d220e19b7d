internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Synchronization
internal import SystemIO

/// Sends blobs, and each image's manifests as soon as its blobs are there; tags come last.
///
/// Threads: any, many at once.
actor Publisher {
  let plan: PublishPlan
  private let store: MetadataStore
  let target: any ImageTarget
  let reporter: any Reporter
  /// What was found at the tags before anything moved.
  private let replacements: [String: Replacement]
  private let refusesReplacing: Bool
  let keepsGoing: Bool
  /// Why images are not there, by their place in the plan.
  var refused: [Int: SealiftError] = [:]
  private var missingBlobs: [Int]
  private var publishedAt: [Int: ContinuousClock.Instant] = [:]
  private var referrersAPI: Bool?
  var receipt: Receipt

  init(
    _ plan: PublishPlan, _ store: MetadataStore, _ target: any ImageTarget, _ options: UnpackOptions,
    replacing replacements: [Replacement], receipt: Receipt, reporter: any Reporter
  ) {
    self.replacements = Dictionary(replacements.map { ($0.name, $0) }) { first, _ in first }
    refusesReplacing = options.refusesReplacing
    keepsGoing = options.keepsGoing
    self.plan = plan
    self.store = store
    self.target = target
    self.reporter = reporter
    self.receipt = receipt
    missingBlobs = plan.images.map(\.blobCount)
  }

  /// Sends the manifests of images that need no blob.
  func begin() async throws {
    for image in plan.images.indices where missingBlobs[image] == 0 { try await publish(image) }
  }

  /// Brings one blob to all repositories that need it.
  ///
  /// - Parameters:
  ///   - found: Where it was found before anything moved, if it was looked for: there nothing is asked again.
  ///   - send: Sends it to one repository.
  nonisolated func bring(
    _ blob: PublishPlan.Blob, found: HeldBlobs.Finding? = nil, send: (String) async throws -> Void
  ) async throws {
    var holder = found?.repository
    var wasSent = holder != nil
    for repository in blob.repositories where await isNeeded(blob, repository) {
      if let found, !found.absent.contains(repository) {
        await note(blob, repository, .present)
        continue
      }
      let outcome: Event.Outcome
      do {
        outcome = try await place(blob, repository, holder: holder, wasSent: wasSent, send)
      } catch let error as SealiftError {
        guard await canGoOn(after: error, in: repository) else { throw await advised(error) }
        await refuse(blob, repository, error)
        continue
      }
      if outcome == .moved { wasSent = true }
      if holder == nil { holder = repository }
      await note(blob, repository, outcome)
    }
    try await finished(blob)
  }

  /// Brings a blob to one repository, from one that has it where the target links blobs.
  ///
  /// - Parameters:
  ///   - holder: A repository that has it.
  ///   - wasSent: Whether this run has sent it there, or knows that it is not in the repository.
  private nonisolated func place(
    _ blob: PublishPlan.Blob, _ repository: String, holder: String?, wasSent: Bool,
    _ send: (String) async throws -> Void
  ) async throws -> Event.Outcome {
    if let holder, wasSent, try await target.mountBlob(blob.descriptor, from: holder, into: repository) {
      return .mounted
    }
    if try await target.hasBlob(blob.descriptor, in: repository) { return .present }
    if let holder, !wasSent, try await target.mountBlob(blob.descriptor, from: holder, into: repository) {
      return .mounted
    }
    try await send(repository)
    return .moved
  }

  private func note(_ blob: PublishPlan.Blob, _ repository: String, _ outcome: Event.Outcome) {
    receipt.blobs.append(.init(descriptor: blob.descriptor, repository: repository, outcome: outcome))
    reporter.report(.finished(item: blob.descriptor.digest.description, outcome: outcome))
  }

  private func finished(_ blob: PublishPlan.Blob) async throws {
    var complete: [Int] = []
    for image in blob.images {
      missingBlobs[image] -= 1
      if missingBlobs[image] == 0 { complete.append(image) }
    }
    for image in complete where refused[image] == nil { try await publish(image) }
  }

  /// Sends an image's manifests by digest, children before indexes.
  private func publish(_ number: Int) async throws {
    try await attempt([number], in: plan.images[number].repository) { try await self.sendManifests(number) }
  }

  private func sendManifests(_ number: Int) async throws {
    let image = plan.images[number]
    publishedAt[number] = ContinuousClock.now
    for blob in image.merged?.blobs ?? [] { try await send(blob, to: image.repository) }
    for manifest in image.manifests {
      if try await target.hasManifest(.digest(manifest.digest), in: image.repository) == manifest.digest {
        receipt.manifests.append(.init(descriptor: manifest, repository: image.repository, outcome: .present))
        continue
      }
      try await put(manifest, as: .digest(manifest.digest), image)
      receipt.manifests.append(.init(descriptor: manifest, repository: image.repository, outcome: .moved))
    }
  }

  /// Sends a blob that this run has made.
  private func send(_ blob: any BlobContent, to repository: String) async throws {
    let isPresent = try await target.hasBlob(blob.descriptor, in: repository)
    if !isPresent { try await target.putBlob(blob, in: repository) }
    receipt.blobs.append(
      .init(descriptor: blob.descriptor, repository: repository, outcome: isPresent ? .present : .moved))
  }

  /// Sends manifests again that have waited for their tag for longer than `interval`.
  ///
  /// A registry that drops what has no tag would otherwise lose them while the rest of a large bundle is on its way.
  func refresh(after interval: Duration) async throws {
    for (number, time) in publishedAt where refused[number] == nil && ContinuousClock.now - time > interval {
      publishedAt[number] = ContinuousClock.now
      let image = plan.images[number]
      try await attempt([number], in: image.repository) {
        for manifest in image.manifests { try await self.put(manifest, as: .digest(manifest.digest), image) }
      }
    }
  }

  @discardableResult
  private func put(
    _ manifest: Descriptor, as reference: ManifestReference, _ image: PublishPlan.Image
  ) async throws -> Bool {
    let bytes = try store.manifest(manifest).bytes
    do {
      return try await target.putManifest(
        bytes, mediaType: manifest.mediaType, as: reference, in: image.repository)
    } catch let error as SealiftError {
      throw Self.explained(error, manifest, image)
    }
  }

  /// Sets all tags; called when the whole bundle is proven.
  func tag(parallel: Int) async throws {
    refuseDependants()
    let referrers = try await sendReferrers()
    refuseDependants()
    let images = plan.images.indices.filter { refused[$0] == nil }.map { plan.images[$0] }
    if images.isEmpty, let error = refused.min(by: { $0.key < $1.key })?.value { throw error }
    reporter.report(.phase(.tag, bytes: 0, items: images.reduce(0) { $0 + $1.entry.tags.count }))
    // One that is refused ends the run when the others are set: else it would be chance which of them are.
    let refusal = Mutex<SealiftError?>(nil)
    try await images.forEachConcurrently(limit: parallel) { image in
      for tag in image.entry.tags {
        do { try await self.set(tag, image, referrers) } catch let error as SealiftError {
          if await self.canGoOn(after: error, in: image.repository) {
            await self.refuse("\(image.repository):\(tag)", image, error)
            continue
          }
          guard error.isRefusal else { throw error }
          refusal.withLock { $0 = $0 ?? error }
        }
      }
    }
    try await target.commit()
    noteMerged()
    receipt.rewritten = images.compactMap(\.rewritten)
    for list in receipt.rewritten { reporter.report(.warning(list.text)) }
    if let error = refusal.withLock(\.self) { throw advised(error) }
  }

  private func set(_ tag: String, _ image: PublishPlan.Image, _ fallbacks: Set<String>) async throws {
    let digest = image.root.digest
    var tag = tag
    var standing = try await target.hasManifest(.tag(tag), in: image.repository)
    // Where the tag of an image by digest holds, or must hold, the list of its referrers, the image moves aside.
    let isList = tag == digest.tag && standing != nil && standing != digest
    if isList || fallbacks.contains("\(image.repository):\(tag)") {
      tag += ".image"
      standing = try await target.hasManifest(.tag(tag), in: image.repository)
    }
    let name = "\(image.repository):\(tag)"
    let replacement = standing.flatMap { $0 == digest ? nil : known(Replacement(name: name, from: $0, to: digest)) }
    // Somebody has set it since the target was looked at.
    if image.merged != nil, let replacement, !replacement.isMerged { throw Self.movedSince(replacement) }
    if refusesReplacing, let refusal = [replacement].compactMap(\.self).refusal { throw refusal }
    if standing != digest { try await put(image.root, as: .tag(tag), image) }
    if let replacement { receipt.replaced.append(replacement) }
    let outcome = standing == digest ? Event.Outcome.present : .moved
    receipt.tags.append(.init(name: name, digest: digest, outcome: outcome))
    reporter.report(.finished(item: name, outcome: outcome))
  }

  private static func movedSince(_ replacement: Replacement) -> SealiftError {
    SealiftError(
      .again, "somebody has set \(replacement.name) to \(replacement.from) while its catalog was merged",
      nextStep: "run the same command again, with --merge-catalogs and the receipt of what was brought there")
  }

  /// A replacement with all that was found out about it.
  private func known(_ replacement: Replacement) -> Replacement {
    guard let found = replacements[replacement.name], found.from == replacement.from else { return replacement }
    return found
  }

  /// Lists referrers under the fallback tag of their subject where the target has no referrers API.
  ///
  /// - Returns: The fallback tags, `repository:tag`.
  ///
  /// Source: OCI distribution-spec, "Pushing Manifests with Subject".
  private func sendReferrers() async throws -> Set<String> {
    var lists: [String: (repository: String, subject: Digest, referrers: [Int])] = [:]
    for (number, image) in plan.images.enumerated() where refused[number] == nil {
      guard let subject = image.entry.subject else { continue }
      lists["\(image.repository):\(subject.tag)", default: (image.repository, subject, [])].referrers.append(number)
    }
    var fallbacks: Set<String> = []
    for (name, list) in lists.sorted(by: { $0.key < $1.key }) {
      let referrers = list.referrers.map { plan.images[$0] }
      try await attempt(list.referrers, in: list.repository) {
        if try await self.hasReferrersAPI(referrers[0]) { return }
        try await self.putFallback(list.repository, list.subject, referrers)
        fallbacks.insert(name)
      }
    }
    return fallbacks
  }

  /// Whether the target lists referrers by itself, which only the answer to one of them tells.
  private func hasReferrersAPI(_ referrer: PublishPlan.Image) async throws -> Bool {
    if let answer = referrersAPI { return answer }
    let answer = try await put(referrer.entry.manifest, as: .digest(referrer.entry.manifest.digest), referrer)
    referrersAPI = answer
    return answer
  }

  private func putFallback(_ repository: String, _ subject: Digest, _ referrers: [PublishPlan.Image]) async throws {
    let existing = try await target.companion(subject.tag, in: repository)
    var listed = existing.map { $0.descriptor.digest == subject ? [] : $0.manifest.children } ?? []
    for referrer in referrers where !listed.contains(where: { $0.digest == referrer.entry.manifest.digest }) {
      let manifest = try store.manifest(referrer.entry.manifest).manifest
      var descriptor = referrer.entry.manifest
      descriptor.artifactType = manifest.artifactType
      descriptor.annotations = manifest.annotations
      listed.append(descriptor)
    }
    let bytes = ImageIndex.bytes(listed.sorted { $0.digest < $1.digest })
    let digest = SHA256Hasher.digest(of: bytes)
    let isPresent = existing?.descriptor.digest == digest
    if !isPresent {
      try await target.putManifest(bytes, mediaType: .ociIndex, as: .tag(subject.tag), in: repository)
    }
    receipt.tags.append(
      .init(name: "\(repository):\(subject.tag)", digest: digest, outcome: isPresent ? .present : .moved))
  }
}
