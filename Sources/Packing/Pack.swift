internal import BundleFormat
internal import Content
public import Diagnostics
internal import Digests
public import Gathering
internal import OCI
internal import Parity
internal import Signing
internal import SystemIO
internal import Volumes
internal import Zstd

/// Packs images into a bundle: Resolve, Plan, Fill.
///
/// - Throws: An error for anything that was asked for and is missing; the bundle's name then shows what it showed before.
public func pack(_ options: PackOptions, reporter: any Reporter) async throws -> PackReport {
  try await Packer(options, reporter).run()
}

/// One run of `pack`.
private struct Packer {
  private let options: PackOptions
  private let reporter: any Reporter
  private let pool: BlockingPool
  private let compressors = BlockingPool(threads: Processors.count)
  private let sources: SourceSet
  private let selection: Selection
  private let keys: [PrivateKey]
  private let policy: TrustPolicy
  /// What tells the local files apart from what they may become.
  private let files: [String]
  /// What renders charts, if there are some and it is installed.
  private let helm: HelmProgram?
  private let tools: ToolSet?
  /// What takes the bundle as it comes, if it goes into no file.
  private let stream: OutputFile?
  private let bases: Bases
  /// The size of a volume, if the bundle goes into volumes.
  private let volumeBytes: Int?

  init(_ options: PackOptions, _ reporter: any Reporter) async throws {
    self.options = options
    self.reporter = reporter
    selection = try Selection(options, reporter)
    files = try selection.files.localStates()
    keys = try options.keys.map { try $0.load() }
    guard !keys.isEmpty || options.allowUnsigned || options.isDryRun else {
      throw SealiftError(
        .usage, "no key was named to sign the bundle with",
        nextStep: "make one with `sealift keygen --out NAME` and pass --key NAME.key, or pass --unsigned")
    }
    policy = try TrustPolicy(
      keys: keys.map(\.publicKey), threshold: max(1, keys.count), allowUnsigned: keys.isEmpty)
    let pool = BlockingPool(threads: options.lanes.threads)
    self.pool = pool
    helm =
      selection.charts == nil ? nil : try await pool.run { try HelmProgram(environment: options.registry.environment) }
    stream = options.isDryRun ? nil : try Self.stream(options.output)
    guard !options.includesSelf || stream == nil else {
      throw SealiftError(
        .usage, "a bundle that goes into a pipe has no place for the program beside it",
        nextStep: "name a file with -o, or leave out --include-self")
    }
    volumeBytes = try Self.volumeBytes(options, selection, stream: stream, reporter)
    let environment = options.registry.environment
    if stream == nil { try options.bases.requireNone(at: options.output) }
    bases = try await pool.run { [keys] in
      try Bases(
        options.bases, own: keys.map(\.publicKey), directory: FileSystem.temporaryDirectory(environment))
    }
    tools = options.includesSelf ? try await pool.run { try ToolSet(environment: environment) } : nil
    sources = SourceSet(options.registry, pool: pool, reporter: reporter)
  }

  func run() async throws -> PackReport {
    if options.isDryRun { return try await plan() }
    guard let stream else { return try await write() }
    return try await write(to: stream)
  }

  /// - Returns: `nil` for a regular file, or one that is to be made.
  private static func stream(_ path: String) throws(SealiftError) -> OutputFile? {
    let output = path == "-" ? OutputFile.standardOutput : try OutputFile(path)
    return output.isStream ? output : nil
  }

  /// The size of a volume, as the command line or else the configuration asks for it.
  private static func volumeBytes(
    _ options: PackOptions, _ selection: Selection, stream: OutputFile?, _ reporter: any Reporter
  ) throws(SealiftError) -> Int? {
    guard let stream else {
      let bytes = options.volumeBytes ?? selection.volumeBytes
      guard bytes != nil || !options.writesLabels else {
        throw SealiftError(
          .usage, "--label is for volumes, and none are asked for", nextStep: "name their size with --volume-size")
      }
      return bytes
    }
    guard options.volumeBytes == nil, !options.writesLabels, options.parity == nil else {
      throw SealiftError(
        .usage, "what goes into a pipe has no volumes and no parity",
        nextStep: "name a file with -o, or leave out --volume-size, --label and --parity")
    }
    if selection.volumeBytes != nil {
      reporter.report(.warning("archiveSize has no effect where the bundle goes into a pipe: \(stream.path)"))
    }
    return nil
  }

  /// Resolves and plans, and moves nothing.
  private func plan() async throws -> PackReport {
    let store = try MetadataStore(in: temporaryDirectory)
    return try report(try await planned(store, DiscardingOutput()))
  }

  /// Writes the bundle to a pipe, in order.
  private func write(to stream: OutputFile) async throws -> PackReport {
    let store = try MetadataStore(in: temporaryDirectory)
    let file = try await pool.run { try stream.openStream() }
    guard !file.isTerminal else {
      throw SealiftError(
        .usage, "\(stream.path) is a terminal, and a bundle is no text",
        nextStep: "name a file or a pipe with -o, or put one behind the command: | COMMAND")
    }
    let output = OrderedOutput(file)
    let planned = try await planned(store, output)
    let size = try await fill(planned, output, nil)
    return try report(planned, path: options.output, size: size)
  }

  /// Writes the bundle to a file, or goes on with one.
  private func write() async throws -> PackReport {
    if tools != nil { try ToolDirectory(beside: options.output).checkIsFree() }
    let partial = try PartialBundle(for: options.output, volumeBytes: volumeBytes)
    let store = try MetadataStore(in: FileSystem.parent(of: options.output))
    if let (planned, progress) = try resume(partial, store) {
      try await nameMovedTags(planned.index)
      return try await finish(planned, partial, progress, isResumed: true)
    }
    try partial.clear()
    do {
      let planned = try await planned(store, partial.storage)
      try checkRoom(partial, planned)
      let built = try await fillBuilt(planned, partial.storage)
      try partial.storage.sync()
      let progress = try progress(planned, partial, built)
      _ = try PackJournal.create(partial.journalPath, inputs, progress)
      return try await finish(planned, partial, progress, isResumed: false)
    } catch {
      // Without a journal nothing can be resumed, so nothing is left behind.
      if !FileSystem.exists(partial.journalPath) { try? partial.remove() }
      throw error
    }
  }

  private func finish(
    _ planned: PlannedBundle, _ partial: PartialBundle, _ progress: PackJournal.Progress, isResumed: Bool
  ) async throws -> PackReport {
    // Before all else: what it takes is then not free any more.
    let toolDirectory = ToolDirectory(beside: partial.path)
    if let tools { try await pool.run { try toolDirectory.prepare(tools) } }
    try checkRoom(partial, planned)
    let journal = try PackJournal.resume(partial.journalPath)
    let earlier = FinishedBlobs(
      head: planned.writer.head, partial: partial, journal: journal, progress: progress,
      proven: isResumed ? progress.made : progress.finished, reporter: reporter)
    let size = try await fill(planned, partial.storage, earlier)
    let parity = try await parity(of: partial, planned, size: size)
    if tools != nil { try await pool.run { try toolDirectory.finish() } }
    if let volumes = partial.volumes {
      try await partial.finish(
        volumes, size: size, planned, journal, options, keys, parity, reporter, on: compressors, proof: prove)
    } else {
      try await pool.run { try partial.finish(size: size, parity, proof: prove) }
    }
    let fetched = planned.bytes(of: progress.finished)
    return try report(planned, fetched: fetched, path: partial.path, size: size, isResumed: isResumed)
  }

  private func checkRoom(_ partial: PartialBundle, _ planned: PlannedBundle) throws(SealiftError) {
    let size = planned.writer.maximumFileBytes
    try partial.checkRoom(for: size, parity: options.parity?.volumes(of: size, volumeBytes: volumeBytes))
  }

  /// The parity of a bundle that is all written, still under other names; `nil` if none is wanted.
  private func parity(
    of partial: PartialBundle, _ planned: PlannedBundle, size: Int
  ) async throws -> UnfinishedParity? {
    guard let amount = options.parity else { return nil }
    let parity = try UnfinishedParity(amount, of: partial.path, bundleBytes: size, volumeBytes: volumeBytes)
    do {
      try await parity.write(partial.storage, id: planned.writer.head.verified.id, pool: pool, reporter: reporter)
    } catch {
      parity.remove()
      throw error
    }
    return parity
  }

  /// Reads the finished head, the end and the seek table as whoever unpacks will.
  ///
  /// - Throws: `corrupt` if they are not on the disk as they were written.
  private func prove(_ file: any BundleStorage) throws {
    let input = BundleInput(file)
    let head = try input.readHead(BundleFront.read(input).verify(policy)) { _, _ in }
    _ = try BundleFile(file, head)
  }

  /// Fetches the metadata, makes the index, signs it and writes the head.
  private func planned(_ store: MetadataStore, _ output: any BundleOutput) async throws -> PlannedBundle {
    let gathering = Gatherer(
      options: options, selection: selection, sources: sources, store: store, directory: directory, pool: pool,
      helm: helm, reporter: reporter)
    var gathered = try await gathering.run()
    var index = try gathered.index(
      created: Timestamp.text(options.created ?? Timestamp.now),
      producer: .init(
        configuration: selection.configurationDigest, name: "sealift", version: Version.current,
        zstd: ZstdCompressor.libraryVersion), bases: bases)
    index.tools = tools?.entries ?? []
    let writer = try await pool.run { [index] in
      do {
        return try BundleWriter.writeHead(
          index, policy: policy, to: output, pool: compressors, sign: signatures, content: store.required)
      } catch let error as SealiftError where error.code == .corrupt {
        throw Self.unsound(error)
      }
    }
    if let volumeBytes { try VolumeSize.checkCount(of: writer.maximumFileBytes, in: volumeBytes) }
    gathered.notes += bases.notes(on: writer.head.verified.index)
    for sentence in gathered.missing { reporter.report(.warning(sentence)) }
    return PlannedBundle(writer: writer, store: store, notes: gathered.notes, missing: gathered.missing)
  }

  /// What is planned, and `verify` would refuse.
  private static func unsound(_ error: SealiftError) -> SealiftError {
    SealiftError(
      .protocol, "the bundle could not be unpacked: \(error.problem)",
      nextStep: "leave out what it names, and ask its publisher; if it is too much, pack it into several bundles")
  }

  private func signatures(_ bytes: [UInt8]) throws -> SignatureRegion {
    try SignatureRegion(
      keys.map { key in
        CarriedSignature(keyID: key.id, bytes: try bytes.span.bytes.withUnsafeBytes { try key.sign($0) })
      })
  }

  private func fill(
    _ planned: PlannedBundle, _ output: any BundleOutput, _ earlier: FinishedBlobs?
  ) async throws -> Int {
    reporter.report(.phase(.fill, bytes: planned.index.bytesBehindHead, items: planned.index.blobs.count))
    sources.files.add(planned.index.carriedFiles, selection.files)
    let origins = try planned.origins(built: sources.built)
    let frames = try await fill(planned.writer, output, origins, earlier, reporter).run()
    return try await pool.run { try planned.writer.writeEnd(tail: frames) }
  }

  /// Writes the layers that this run has made: a run that goes on could not make them again.
  ///
  /// - Returns: Their places in the index.
  private func fillBuilt(_ planned: PlannedBundle, _ file: any BundleStorage) async throws -> [Int] {
    let built = planned.places(of: sources.built)
    let digests = built.map { planned.index.blobs[$0].descriptor.digest }
    let origins = Dictionary(uniqueKeysWithValues: digests.map { ($0, BlobOrigin.built) })
    try await fill(planned.writer, file, origins, nil, SilentReporter()).run(only: built)
    return built
  }

  /// What a new run has done when its head and the layers that it made are written.
  private func progress(
    _ planned: PlannedBundle, _ partial: PartialBundle, _ built: [Int]
  ) throws -> PackJournal.Progress {
    // Files can be fetched once more, and made layers cannot.
    let files = Set(planned.index.carriedFiles.map(\.digest))
    return PackJournal.Progress(
      finished: Set(built), made: Set(built.filter { !files.contains(planned.index.blobs[$0].descriptor.digest) }),
      missing: planned.missing, head: try UnfinishedBundle(planned.writer.head, in: partial.storage).headDigest())
  }

  private func fill(
    _ writer: BundleWriter, _ output: any BundleOutput, _ origins: [Digest: BlobOrigin], _ earlier: FinishedBlobs?,
    _ reporter: any Reporter
  ) throws -> Fill {
    Fill(
      writer: writer, output: output, sources: sources, origins: origins,
      lanes: try earlier.map { try lanes(into: $0.partial.storage) } ?? options.lanes, reporter: reporter,
      transfers: pool, compressors: compressors, earlier: earlier)
  }

  /// How many blobs are fetched at once: one by one where writing past the end of a file fills the gap with zeros first.
  private func lanes(into file: any BundleStorage) throws -> Lanes {
    try FileSystem.volume(of: file.path).hasHoles ? options.lanes : Lanes(transfers: 1, requests: 1)
  }

  /// The head and the progress of an earlier run with the same inputs.
  private func resume(
    _ partial: PartialBundle, _ store: MetadataStore
  ) throws -> (planned: PlannedBundle, progress: PackJournal.Progress)? {
    guard try partial.storage.size() > 0, let journal = try PackJournal.load(partial.journalPath) else { return nil }
    let differences = journal.inputs.map { inputs.differences(from: $0).map(\.rawValue) } ?? ["format"]
    guard differences.isEmpty else {
      let parts = differences.joined(separator: ", ")
      reporter.report(.warning("an unfinished \(partial.path) was made with other \(parts): it is started anew"))
      return nil
    }
    do {
      let input = BundleInput(partial.storage)
      let front = try BundleFront.read(input)
      let head = try input.readHead(front.verify(policy)) { try store.put($0, $1) }
      let progress = journal.progress.limited(to: head.verified.index.blobs.count)
      try UnfinishedBundle(head, in: partial.storage).prove(head: progress.head, raw: progress.made)
      reporter.report(.note("an unfinished \(partial.path) was found: the run goes on where it stopped"))
      let writer = BundleWriter(head, partial.storage)
      return (PlannedBundle(writer: writer, store: store, missing: progress.missing), progress)
    } catch let error as SealiftError where error.code == .corrupt || error.code == .untrusted {
      reporter.report(.warning("an unfinished \(partial.path) is damaged: it is started anew"))
      return nil
    }
  }

  /// Tags that have moved since the plan was made: the bundle keeps what was planned.
  private func nameMovedTags(_ index: BundleIndex) async throws {
    for image in index.images {
      for name in image.sources { try await nameIfMoved(name, image.manifest.digest) }
    }
  }

  private func nameIfMoved(_ name: String, _ digest: Digest) async throws {
    guard let reference = ImageReference(source: name), reference.digest == nil else { return }
    let now = try await sources.repository(of: reference).manifest(reference.manifest)?.descriptor.digest
    guard now != digest else { return }
    reporter.report(
      .warning("\(name) has moved to \(now.map(\.description) ?? "nothing"); the bundle keeps \(digest)"))
  }

  private var inputs: PackInputs {
    let content =
      selection.templates.map { "template \($0.key) \($0.value)" }.sorted() + selection.localClusterManifests.inputs
      + files
      + selection.localCharts.inputs + (selection.charts == nil ? [] : ["helm \(helm?.version ?? "none")"])
      + (tools?.entries.map { "tool \($0.path) \($0.digest)" } ?? [])
    return PackInputs(
      options,
      .init(
        configuration: selection.configurationDigest, bases: bases.inputs, keys: keys.map(\.id.description),
        content: content))
  }

  private func report(
    _ planned: PlannedBundle, fetched: Int = 0, path: String? = nil, size: Int? = nil, isResumed: Bool = false
  ) throws(SealiftError) -> PackReport {
    PackReport(
      plan: try PackPlan(
        planned, bytesToFetch: planned.index.bytesBehindHead - fetched, bases, volumeBytes: volumeBytes,
        parity: options.parity),
      path: path, fileBytes: size, signers: keys.map(\.id.description), isResumed: isResumed)
  }

  /// Where layers lie that are made here: beside the bundle, which has room for them.
  private var directory: String {
    options.isDryRun || stream != nil ? temporaryDirectory : FileSystem.parent(of: options.output)
  }

  private var temporaryDirectory: String { FileSystem.temporaryDirectory(options.registry.environment) }
}

/// An output for a plan that is only looked at.
private struct DiscardingOutput: BundleOutput {
  func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) {}
}
