internal import BundleFormat
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

/// What `unpack` did, or would do.
public struct UnpackReport: Sendable {
  /// The id of the bundle.
  public let bundle: String
  /// What goes where: `source -> destination`.
  public let mapping: [(source: String, destination: String)]
  /// The bytes of all blobs, each once.
  public let blobBytes: Int
  /// What the signatures of its releases are worth here.
  public let releases: [ReleaseFinding]
  /// How the releases are used from the target; `nil` without a release, and where the target is no registry.
  public let instructions: ReleaseInstructions?
  /// The cluster manifests that were written, or would be.
  public internal(set) var manifests: WrittenManifests?
  /// The files that were written, or would be.
  public let files: UnpackedFiles?
  /// How many files the bundle holds, and their bytes.
  public let carriedFiles: (count: Int, bytes: Int)
  /// Whether nothing else was asked for.
  public let isOnlyManifests: Bool
  /// What was done; `nil` after a dry run.
  public let receipt: Receipt?
}

/// One run of `unpack`.
private struct Unpacker {
  private let options: UnpackOptions
  private let reporter: any Reporter
  private let pool: BlockingPool
  private let address: TargetAddress?

  init(_ options: UnpackOptions, _ reporter: any Reporter) throws {
    self.options = options
    self.reporter = reporter
    address = try options.target.map { (target) throws(SealiftError) in try TargetAddress(target) }
    guard options.files == nil || options.manifests?.isOnly != true else {
      throw SealiftError(
        .usage, "with --manifests-only nothing but the manifests is written, and --files asks for files",
        nextStep: "run the command once for each")
    }
    if let files = options.files, Self.isOne(files, options.manifests?.directory) {
      throw SealiftError(
        .usage, "--files and --manifests name one directory, and `oc apply -R` would take files for objects",
        nextStep: "name another directory for one of them")
    }
    guard address != nil || options.files != nil && options.manifests == nil else {
      throw SealiftError(
        .usage, "no target is named, and without one nothing but files can be unpacked",
        nextStep: "run `sealift unpack BUNDLE REGISTRY[:PORT][/PREFIX]`, or `sealift unpack BUNDLE --files DIR`")
    }
    if let limit = options.maxNestedPaths, limit < 1 {
      throw SealiftError(.usage, "--max-nested-paths is \(limit)", nextStep: "give a number of at least 1")
    }
    pool = BlockingPool(threads: options.parallel + 2)
  }

  /// Whether two paths lead to one directory, as they are written: the directories need not be there yet.
  private static func isOne(_ path: String, _ other: String?) -> Bool {
    func parts(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }
    return other.map { parts(path) == parts($0) && path.hasPrefix("/") == $0.hasPrefix("/") } ?? false
  }

  /// What is proven and planned before anything moves.
  private struct Prepared {
    let head: ProvenHead
    let releases: [ReleaseFinding]
    let plan: PublishPlan?
    let manifests: TargetManifests?
    let instructions: ReleaseInstructions?
    let files: FileUnpacker?
    let apply: Apply?
  }

  func run() async throws -> UnpackReport {
    let isPipe = options.bundle == "-"
    let file = try isPipe ? File(descriptor: 0, path: "standard input") : File(options.bundle, .read)
    let input = BundleInput(file)
    let store = try MetadataStore(in: temporaryDirectory)
    let prepared = try await prepare(input, store)
    let bundle = try file.isSeekable && !isOnlyManifests ? await pool.run { try BundleFile(file, prepared.head) } : nil
    if options.isDryRun { return try await pretend(prepared) }
    try prepared.manifests?.prepare()
    try prepared.files?.begin()
    let verified = prepared.head.verified
    var receipt = Receipt(
      bundle: verified.id.description, target: options.target,
      signers: verified.verdict.signers.sorted().map { $0.description }, releases: prepared.releases)
    let target = isOnlyManifests ? nil : try await target()
    let publisher = target.flatMap { target in
      prepared.plan.map { Publisher($0, store, target, receipt: receipt, reporter: reporter) }
    }
    do {
      let stream = BundleStream(input, prepared.head)
      if let target, let publisher, let plan = prepared.plan {
        try await publish(plan, publisher, store, target, bundle, stream, prepared.files)
        receipt = await publisher.receipt
      } else if let files = prepared.files {
        let (bytes, items) = files.totals
        reporter.report(.phase(.publish, bytes: bytes, items: items))
        files.reportPresent()
        if bundle == nil { try await files.write(from: stream, pool) }
        try await write(files, store, bundle)
      }
      receipt.files = prepared.files?.listing
      try prepared.manifests?.write(reporter)
      receipt.clusterManifests = prepared.manifests?.listing
      try await apply(prepared, &receipt)
    } catch {
      var receipt = await failed(receipt, publisher)
      receipt.files = prepared.files?.listing
      try writeReceipt(receipt, failure: error)
      throw error
    }
    try writeReceipt(receipt, failure: nil)
    return report(prepared, receipt)
  }

  /// What to write of a run that failed: the publisher knows most until all is published.
  private func failed(_ receipt: Receipt, _ publisher: Publisher?) async -> Receipt {
    guard receipt.clusterManifests == nil, let publisher else { return receipt }
    return await publisher.receipt
  }

  /// Applies what is written, if that is asked for.
  private func apply(_ prepared: Prepared, _ receipt: inout Receipt) async throws {
    guard let apply = prepared.apply, let manifests = prepared.manifests else { return }
    let applied = try await pool.run { try apply.run(manifests.inputs) }
    receipt.clusterManifests?.applied = applied
    if let failure = apply.failure(of: applied, in: manifests.directory) { throw failure }
  }

  /// Says what would be done; a dry run of the tool that applies asks the cluster, too.
  private func pretend(_ prepared: Prepared) async throws -> UnpackReport {
    guard let apply = prepared.apply, let manifests = prepared.manifests else { return report(prepared, nil) }
    let place = temporaryDirectory
    let applied = try await pool.run { try manifests.pretend(apply, in: place) }
    if let failure = apply.failure(of: applied, in: manifests.directory) { throw failure }
    var report = report(prepared, nil)
    report.manifests?.applied = applied
    return report
  }

  private var temporaryDirectory: String { options.registry.environment["TMPDIR"] ?? "/tmp" }

  private var isOnlyManifests: Bool { options.manifests?.isOnly == true }

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
    let plan = try address.map { try PublishPlan(index, store, $0, maxNestedPaths: options.maxNestedPaths) }
    let manifests = try address.flatMap { address in
      try options.manifests.map { try TargetManifests(index, store, address, $0, options, profile: profile) }
    }
    let instructions = try address.flatMap { address in
      try ReleaseInstructions(index, store, address, options, manifests)
    }
    return Prepared(
      head: head, releases: releases, plan: plan, manifests: manifests, instructions: instructions, files: files,
      apply: apply)
  }

  /// Writes the files that a stream has not brought.
  private func write(_ files: FileUnpacker, _ store: MetadataStore, _ bundle: BundleFile?) async throws {
    try await pool.run { try files.write(from: store) }
    if let bundle { try await files.write(from: bundle, pool, parallel: options.parallel) }
    try await pool.run { try files.end() }
  }

  /// What applies the manifests, and reaches the cluster now: better to fail here than after hours.
  private func tool() async throws -> Apply? {
    guard let wanted = options.manifests?.apply, !options.isDryRun || wanted.dryRun != nil else { return nil }
    let apply = try Apply(wanted, environment: options.registry.environment, reporter: reporter)
    _ = try await pool.run { try apply.clusterVersion() }
    return apply
  }

  private func publish(
    _ plan: PublishPlan, _ publisher: Publisher, _ store: MetadataStore, _ target: any ImageTarget,
    _ bundle: BundleFile?, _ stream: BundleStream, _ files: FileUnpacker?
  ) async throws {
    var (bytes, items) = plan.totals
    if let own = files?.totals { (bytes, items) = (bytes + own.bytes, items + own.items) }
    reporter.report(.phase(.publish, bytes: bytes, items: items))
    files?.reportPresent()
    let refresh = { @Sendable [options] in try await publisher.refresh(after: options.refreshInterval) }
    try await withRepeating(refresh, every: min(options.refreshInterval, .seconds(60))) {
      try await publisher.begin()
      try await publishConfigs(plan, publisher, store, target)
      if let bundle {
        try await publishLayers(plan, publisher, target, bundle)
      } else {
        try await PipePublisher(
          publisher: publisher, target: target, stream: stream, files: files, pool: pool, reporter: reporter
        ).run(plan)
      }
      if let files { try await write(files, store, bundle) }
    }
    try await publisher.tag(parallel: options.parallel)
    if case .mirror(let path)? = address {
      try await pool.run { [releases = plan.releases] in try SignatureFiles.write(releases, to: path) }
    }
  }

  /// Sends what lies in the head, where all of it is proven.
  private func publishConfigs(
    _ plan: PublishPlan, _ publisher: Publisher, _ store: MetadataStore, _ target: any ImageTarget
  ) async throws {
    try await plan.configRange.forEachConcurrently(limit: options.parallel) { number in
      guard let blob = plan.config(number) else { return }
      try await publisher.bring(blob) { repository in
        let content = ProvenBytes(descriptor: blob.descriptor, bytes: try store.required(blob.descriptor.digest))
        try await target.putBlob(content, in: repository)
      }
      reporter.report(.advanced(bytes: blob.descriptor.size))
    }
  }

  /// Sends blobs straight out of the file, many at once.
  private func publishLayers(
    _ plan: PublishPlan, _ publisher: Publisher, _ target: any ImageTarget, _ bundle: BundleFile
  ) async throws {
    try await plan.layerRange.forEachConcurrently(limit: options.parallel) { index in
      guard let blob = plan.layer(index) else { return }
      let content = ReportedContent(content: bundle.content(index), reporter: reporter)
      let progress = content.progress
      try await publisher.bring(blob) { try await target.putBlob(content, in: $0) }
      reporter.report(.advanced(bytes: blob.descriptor.size - progress.reported))
    }
  }

  private func target() async throws -> (any ImageTarget)? {
    switch address {
    case nil: return nil
    case .registry(let host, _): return try options.registry.client(for: host, pool: pool)
    case .layout(let path): return try await OCILayoutTarget(path, pool: pool)
    case .mirror(let path):
      let target = try await MirrorDirectoryTarget(path, pool: pool)
      if !target.sharesBlobs {
        reporter.report(
          .warning(
            "the file system of \(path) has no hard links: what several repositories need is there several times"))
      }
      return target
    }
  }

  private func warnIfUnproven(_ verified: VerifiedIndex) {
    guard !verified.verdict.isTrusted else { return }
    reporter.report(.warning("the bundle is not signed by a trusted key; --allow-unsigned lets it pass"))
  }

  private func writeReceipt(_ receipt: Receipt, failure: (any Error)?) throws {
    guard let path = options.receipt else { return }
    var receipt = receipt
    receipt.failure = failure.map { ($0 as? SealiftError)?.problem ?? "\($0)" }
    try FileSystem.write(JSONWriter.bytes(of: receipt.json) + [UInt8(ascii: "\n")], to: path)
  }

  private func report(_ prepared: Prepared, _ receipt: Receipt?) -> UnpackReport {
    var mapping: [(source: String, destination: String)] = []
    if let address, let plan = prepared.plan {
      mapping = plan.images.flatMap { image in
        let tags = image.entry.tags.map { ":\($0)" }
        return (tags.isEmpty ? ["@\(image.entry.manifest.digest)"] : tags).map {
          (source: image.entry.source, destination: address.name(of: image.repository) + $0)
        }
      }
    }
    let verified = prepared.head.verified
    return UnpackReport(
      bundle: verified.id.description, mapping: mapping, blobBytes: verified.index.blobBytes,
      releases: prepared.releases, instructions: prepared.instructions,
      manifests: receipt?.clusterManifests ?? prepared.manifests?.listing,
      files: prepared.files?.listing, carriedFiles: verified.index.carriedFileTotals,
      isOnlyManifests: isOnlyManifests,
      receipt: receipt)
  }
}
