internal import BundleFormat
internal import CatalogImages
internal import Content
public import Diagnostics
internal import Digests
internal import JSON
internal import OCI
internal import Signing
internal import SystemIO

/// Unpacks a bundle into a registry or a layout: Trust, Prove, Publish.
///
/// - Throws: An error for anything that is missing at the end; no tag has then moved.
public func unpack(_ options: UnpackOptions, reporter: any Reporter) async throws -> UnpackReport {
  try await Unpacker(options, reporter).run()
}

/// One run of `unpack`.
struct Unpacker {
  let options: UnpackOptions
  let reporter: any Reporter
  let pool: BlockingPool
  let address: TargetAddress?
  /// What signs the receipt, if that is wanted.
  let receiptKey: PrivateKey?
  private let choice: ImageChoice
  private let receiptFile: OutputFile?

  init(_ options: UnpackOptions, _ reporter: any Reporter) throws {
    self.options = options
    self.reporter = reporter
    receiptFile = try options.receipt.map { (path) throws(SealiftError) in try OutputFile(path) }
    receiptKey = try options.receiptKey.map { (key) throws(SealiftError) in try key.load() }
    address = try options.target.map { (target) throws(SealiftError) in try TargetAddress(target) }
    guard options.files == nil || options.clusterManifests?.isOnly != true else {
      throw SealiftError(
        .usage, "with --manifests-only nothing but the manifests is written, and --files asks for files",
        nextStep: "run the command once for each")
    }
    if let files = options.files, Self.isOne(files, options.clusterManifests?.directory) {
      throw SealiftError(
        .usage, "--files and --manifests name one directory, and `oc apply -R` would take files for objects",
        nextStep: "name another directory for one of them")
    }
    guard address != nil || options.files != nil && options.clusterManifests == nil else {
      throw SealiftError(
        .usage, "no target is named, and without one nothing but files can be unpacked",
        nextStep: "run `sealift unpack BUNDLE REGISTRY[:PORT][/PREFIX]`, or `sealift unpack BUNDLE --files DIR`")
    }
    if let limit = options.maxNestedPaths, limit < 1 {
      throw SealiftError(.usage, "--max-nested-paths is \(limit)", nextStep: "give a number of at least 1")
    }
    choice = try ImageChoice(options)
    try options.checkMerging()
    pool = BlockingPool(threads: options.lanes.threads)
  }

  /// Whether two paths lead to one directory, as they are written: the directories need not be there yet.
  private static func isOne(_ path: String, _ other: String?) -> Bool {
    func parts(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }
    return other.map { parts(path) == parts($0) && path.hasPrefix("/") == $0.hasPrefix("/") } ?? false
  }

  /// What is proven and planned before anything moves.
  struct Prepared {
    let head: ProvenHead
    /// Where the bundle is read from.
    let medium: any BundleMedium
    let releases: [ReleaseFinding]
    var plan: PublishPlan?
    /// Where the blobs are that the bundle rests on, once they were looked for.
    var held: HeldBlobs?
    var clusterManifests: TargetClusterManifests?
    let instructions: ReleaseInstructions?
    let files: FileUnpacker?
    let apply: Apply?
  }

  func run() async throws -> UnpackReport {
    let file = try await pool.run { [options, reporter] in try options.bundle.open(options.trust, reporter) }
    let input = BundleInput(file)
    let store = try MetadataStore(in: temporaryDirectory)
    var prepared = try await prepare(input, store)
    let head = prepared.head
    let bundle = try file.isSeekable && !isOnlyClusterManifests ? await pool.run { try BundleFile(file, head) } : nil
    if options.isDryRun { return try await pretend(prepared, store, bundle) }
    try prepared.clusterManifests?.prepare()
    try prepared.files?.begin()
    let target = isOnlyClusterManifests ? nil : try await target()
    if let target {
      try await requireHeld(&prepared, at: target)
      try await merge(&prepared, store, bundle, at: target)
    }
    let publication = Publication(
      stream: BundleStream(input, prepared.head), bundle: bundle, store: store, held: prepared.held,
      files: prepared.files, pool: pool, lanes: options.lanes, refreshInterval: options.refreshInterval,
      reporter: reporter)
    return try await carryOut(prepared, publication, target)
  }

  /// Does what is planned, and writes the receipt, also of a run that fails.
  private func carryOut(
    _ prepared: Prepared, _ publication: Publication, _ target: (any ImageTarget)?
  ) async throws -> UnpackReport {
    var receipt = receipt(of: prepared)
    var prepared = prepared
    var publisher: Publisher?
    do {
      if let target, let plan = prepared.plan {
        let found = try await replacements(plan, prepared.head.verified.index, publication.store, at: target)
        let publishing = Publisher(
          plan, publication.store, target, options, replacing: found, receipt: receipt, reporter: reporter)
        publisher = publishing
        try await publication.publish(publishing)
        try await writeSignatures(of: plan)
        receipt = await publishing.receipt
        try await keepRecord(of: receipt, at: target)
        prepared.clusterManifests = try await prepared.clusterManifests?.with(
          receipt.replaced, without: publishing.refusedImages, merged: publishing.mergedImages)
      } else {
        try await publication.writeFiles()
      }
      receipt.files = prepared.files?.listing
      try prepared.clusterManifests?.write()
      receipt.clusterManifests = prepared.clusterManifests?.listing
      try await apply(prepared, &receipt)
    } catch {
      var receipt = await failed(receipt, publisher)
      receipt.files = prepared.files?.listing
      try writeReceipt(receipt, failure: error)
      throw error
    }
    try writeReceipt(receipt, failure: receipt.refused.failure)
    return report(prepared, receipt, replaced: receipt.replaced)
  }

  /// The receipt of a run that has done nothing yet.
  func receipt(of prepared: Prepared) -> Receipt {
    let name = options.bundle.isStandardInput ? nil : FileSystem.name(of: prepared.medium.path)
    var receipt = Receipt(prepared.head.verified, of: name, target: options.target, releases: prepared.releases)
    receipt.leftOut = prepared.plan?.leftOut.map(\.name) ?? []
    return receipt
  }

  /// What to write of a run that failed: the publisher knows most until all is published.
  private func failed(_ receipt: Receipt, _ publisher: Publisher?) async -> Receipt {
    guard receipt.clusterManifests == nil, let publisher else { return receipt }
    return await publisher.receipt
  }

  /// Applies what is written, if that is asked for.
  private func apply(_ prepared: Prepared, _ receipt: inout Receipt) async throws {
    guard let apply = prepared.apply, let clusterManifests = prepared.clusterManifests else { return }
    let applied = try await pool.run { try apply.run(clusterManifests.inputs) }
    receipt.clusterManifests?.applied = applied
    if let failure = apply.failure(of: applied, in: clusterManifests.directory) { throw failure }
  }

  /// Says what would be done; a dry run of the tool that applies asks the cluster, too.
  private func pretend(
    _ prepared: Prepared, _ store: MetadataStore, _ bundle: BundleFile?
  ) async throws -> UnpackReport {
    var prepared = prepared
    let replaced = try await pretendedReplacements(&prepared, store, bundle)
    guard let apply = prepared.apply, let clusterManifests = prepared.clusterManifests else {
      return report(prepared, nil, replaced: replaced)
    }
    let place = temporaryDirectory
    let applied = try await pool.run { try clusterManifests.pretend(apply, in: place) }
    if let failure = apply.failure(of: applied, in: clusterManifests.directory) { throw failure }
    var report = report(prepared, nil, replaced: replaced)
    report.clusterManifests?.applied = applied
    return report
  }

  private var temporaryDirectory: String { FileSystem.temporaryDirectory(options.registry.environment) }

  private var isOnlyClusterManifests: Bool { options.clusterManifests?.isOnly == true }

  /// Reads the head, proves it and the releases, and plans.
  private func prepare(_ input: BundleInput, _ store: MetadataStore) async throws -> Prepared {
    let (head, releases) = try await pool.run { [options, reporter] in
      let head = try input.readHead(options.trust.open(input)) { try store.put($0, $1) }
      let index = head.verified.index
      return (head, try options.releaseTrust.prove(index, reporter, content: store.required))
    }
    warnIfUnproven(head.verified)
    let index = head.verified.index
    if !index.tools.isEmpty {
      reporter.report(
        .note("\(index.tools.count) files of sealift itself belong beside the bundle: `sealift verify` proves them"))
    }
    let profile = try options.profile(of: index)
    let files = options.files.map { FileUnpacker(index, $0, profile: profile, reporter) }
    try await pool.runCancellable { flag in try files?.plan(flag) }
    let apply = try await tool()
    let plan = try address.map {
      try PublishPlan(
        index, store, $0, maxNestedPaths: options.maxNestedPaths, choice: choice, rewritesLists: options.rewritesLists)
    }
    let clusterManifests = try address.flatMap { address in
      try options.clusterManifests.map {
        try TargetClusterManifests(
          head.verified, store, address, $0, options, profile: profile, leavingOut: plan?.leftOut.map(\.entry) ?? [],
          rewriting: plan?.images.compactMap(\.rewritten) ?? [])
      }
    }
    if options.mergedWith.isEmpty { try tell(of: clusterManifests?.replaced ?? []) }
    // Of a release that is not brought, nobody is told how it is used.
    let instructions = try address.flatMap { address in
      try ReleaseInstructions(index.with(plan?.releases ?? []), store, address, options, clusterManifests)
    }
    return Prepared(
      head: head, medium: input.medium, releases: releases, plan: plan, clusterManifests: clusterManifests,
      instructions: instructions, files: files, apply: apply)
  }

  /// Merges the catalogs of the plan with those of earlier bundles, if that is asked for.
  private func merge(
    _ prepared: inout Prepared, _ store: MetadataStore, _ bundle: BundleFile?, at target: any ImageSource
  ) async throws {
    guard !options.mergedWith.isEmpty, let plan = prepared.plan, let address else { return }
    guard let bundle else { throw UnpackOptions.pipeCannotMerge }
    let place = temporaryDirectory
    let proofs = try await pool.run { [options] in
      try options.mergedWith.map { try CatalogProof($0, at: address, options, directory: place) }
    }
    let merged = try await CatalogMerger(
      plan: plan, index: prepared.head.verified.index, proofs: proofs,
      source: BundleSource(bundle, store, held: prepared.held, pool: pool), store: store, target: target,
      address: address,
      catalogs: CatalogImageReader(directory: place, pool: pool), options: options, reporter: reporter
    ).run()
    let lost = merged.merged.flatMap { $0.merged?.merge.lost ?? [] }
    if options.refusesReplacing, let refusal = CatalogMerge.refusal(lost) { throw refusal }
    for loss in lost { reporter.report(.warning(loss)) }
    prepared.plan = merged
    prepared.clusterManifests = try prepared.clusterManifests?.with([], merged: merged.merged)
    try tell(of: prepared.clusterManifests?.replaced ?? [])
  }

  /// What the bundle takes the place of at the target.
  ///
  /// - Throws: `configuration` if nothing may be replaced.
  private func replacements(
    _ plan: PublishPlan, _ index: BundleIndex, _ store: MetadataStore, at target: any ImageSource
  ) async throws -> [Replacement] {
    let found = try await TargetSurvey(
      plan: plan, index: index, store: store, target: target,
      catalogs: CatalogImageReader(directory: temporaryDirectory, pool: pool), parallel: options.lanes.requests,
      passesOver: options.keepsGoing && !options.isDryRun && !options.refusesReplacing
    ).run()
    if options.refusesReplacing, let refusal = found.refusal { throw refusal }
    found.report(to: reporter)
    return found
  }

  /// What it would take the place of; a plan can be looked at where the target is out of reach, and waits for nothing.
  private func pretendedReplacements(
    _ prepared: inout Prepared, _ store: MetadataStore, _ bundle: BundleFile?
  ) async throws -> [Replacement] {
    guard prepared.plan != nil, let address, !isOnlyClusterManifests else { return [] }
    var access = options.registry
    access.retries = 0
    do {
      let target = try await address.source(access, pool: pool, reporter: reporter)
      try await lookUp(&prepared, at: target)
      guard let target, prepared.held?.missing.isEmpty != false else { return [] }
      try await merge(&prepared, store, bundle, at: target)
      guard let plan = prepared.plan else { return [] }
      return try await replacements(plan, prepared.head.verified.index, store, at: target)
    } catch let error as SealiftError where !options.refusesReplacing && options.mergedWith.isEmpty {
      let unknown =
        prepared.held == nil && prepared.head.verified.index.bases.isEmpty == false
        ? "whether the target has what the bundle rests on, and what is replaced there, is not known"
        : "what is replaced at the target is not known"
      reporter.report(.warning("\(unknown): \(error.problem)"))
      return []
    }
  }

  /// Tells of objects that go, before anything moves.
  private func tell(of replaced: [ReplacedClusterManifest]) throws(SealiftError) {
    if options.refusesReplacing, let refusal = replaced.refusal { throw refusal }
    for manifest in replaced { reporter.report(.warning(manifest.text)) }
  }

  /// What applies the manifests, and reaches the cluster now: better to fail here than after hours.
  private func tool() async throws -> Apply? {
    guard let wanted = options.clusterManifests?.apply, !options.isDryRun || wanted.dryRun != nil else { return nil }
    let apply = try Apply(wanted, environment: options.registry.environment, reporter: reporter)
    _ = try await pool.run { try apply.clusterVersion() }
    return apply
  }

  private func target() async throws -> (any ImageTarget)? {
    let warn = { @Sendable [reporter] in reporter.report(.warning($0)) }
    switch address {
    case nil: return nil
    case .registry(let host, _):
      return try options.registry.client(for: host, isTarget: true, pool: pool, reporter: reporter)
    case .layout(let path): return try await OCILayoutTarget(path, pool: pool, warn: warn)
    case .mirror(let path):
      let target = try await MirrorDirectoryTarget(path, pool: pool, warn: warn)
      if !target.sharesBlobs {
        reporter.report(
          .warning(
            "the file system of \(path) has no hard links: what several repositories need is there several times"))
      }
      return target
    }
  }

  /// Writes the signatures of releases beside the images, where `oc` has them in a directory.
  private func writeSignatures(of plan: PublishPlan) async throws {
    guard case .mirror(let path)? = address else { return }
    try await pool.run { [releases = plan.releases] in try SignatureFiles.write(releases, to: path) }
  }

  private func warnIfUnproven(_ verified: VerifiedIndex) {
    guard !verified.verdict.isTrusted else { return }
    reporter.report(.warning("the bundle is not signed by a trusted key; --allow-unsigned lets it pass"))
  }

  func writeReceipt(_ receipt: Receipt, failure: (any Error)?) throws {
    guard let receiptFile else { return }
    var receipt = receipt
    receipt.failure = failure.map { ($0 as? SealiftError)?.problem ?? "\($0)" }
    try receiptFile.write(receipt.bytes(signedBy: receiptKey))
  }

  private func report(_ prepared: Prepared, _ receipt: Receipt?, replaced: [Replacement]) -> UnpackReport {
    let verified = prepared.head.verified
    return UnpackReport(
      bundle: verified.id.description,
      mapping: address.flatMap { prepared.plan?.mapping(at: $0) } ?? [],
      replaced: replaced, merged: receipt?.merged ?? prepared.plan?.merged.compactMap { $0.merged?.merge } ?? [],
      rewritten: receipt?.rewritten ?? prepared.plan?.images.compactMap(\.rewritten) ?? [],
      leftOut: prepared.plan?.leftOut.map(\.name).sorted() ?? [],
      blobBytes: prepared.plan.map { $0.leftOut.isEmpty ? verified.index.blobBytes : $0.totals.bytes }
        ?? verified.index.blobBytes,
      held: heldReport(prepared), releases: prepared.releases,
      instructions: receipt?.refused.isEmpty == false ? nil : prepared.instructions,
      clusterManifests: receipt?.clusterManifests ?? prepared.clusterManifests?.listing,
      files: prepared.files?.listing, carriedFiles: verified.index.carriedFileTotals,
      isOnlyClusterManifests: isOnlyClusterManifests, repaired: prepared.medium.damage, receipt: receipt)
  }
}
