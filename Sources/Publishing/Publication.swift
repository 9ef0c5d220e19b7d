internal import BundleFormat
internal import Content
internal import Diagnostics
internal import OCI
internal import SystemIO

/// Brings the content of a proven bundle to where it is wanted: images to a target, files into a directory.
struct Publication: Sendable {
  /// The bundle as it is read once.
  let stream: BundleStream
  /// The bundle, if it can be read at any place.
  let bundle: BundleFile?
  /// Holds what lies in the head.
  let store: MetadataStore
  /// Where the blobs are that the bundle rests on, if it does.
  let held: HeldBlobs?
  /// The files, if they are wanted.
  let files: FileUnpacker?
  /// Threads for transfers and files.
  let pool: BlockingPool
  /// How many transfers run at once.
  let lanes: Lanes
  /// How long manifests may be without a tag.
  let refreshInterval: Duration
  let reporter: any Reporter

  /// Sends all images and writes the files; tags are set when everything else is done.
  func publish(_ publisher: Publisher) async throws {
    begin(totals(of: publisher.plan))
    let refresh = { @Sendable [refreshInterval] in try await publisher.refresh(after: refreshInterval) }
    do {
      try await withRepeating(refresh, every: min(refreshInterval, .seconds(60))) {
        try await publisher.begin()
        try await publishHeld(publisher)
        try await publishConfigs(publisher)
        if let bundle {
          try await publishLayers(of: bundle, publisher)
        } else {
          try await PipePublisher(
            publisher: publisher, stream: stream, files: files, pool: pool, reporter: reporter
          ).run()
        }
        try await writeRemainingFiles()
        try await requireHeld(publisher)
      }
    } catch let error as SealiftError {
      throw await publisher.target.explain(error, writingTo: publisher.plan.repositories)
    }
    try await publisher.tag(parallel: lanes.requests)
  }

  /// Writes the files, where nothing else of the content is wanted.
  func writeFiles() async throws {
    guard let files else { return }
    begin((bytes: 0, items: 0))
    if bundle == nil { try await files.write(from: stream, pool) }
    try await writeRemainingFiles()
  }

  private func begin(_ images: (bytes: Int, items: Int)) {
    let own = files?.totals ?? (bytes: 0, items: 0)
    reporter.report(.phase(.publish, bytes: images.bytes + own.bytes, items: images.items + own.items))
    files?.reportPresent()
  }

  /// Sends what lies in the head, where all of it is proven.
  private func publishConfigs(_ publisher: Publisher) async throws {
    let plan = publisher.plan
    try await plan.metadataRange.forEachConcurrently(limit: lanes.requests) { number in
      guard let blob = plan.metadataBlob(number) else { return }
      try await publisher.bring(blob) { repository in
        let content = ProvenBytes(descriptor: blob.descriptor, bytes: try store.required(blob.descriptor.digest))
        try await publisher.target.putBlob(content, in: repository)
      }
      reporter.report(.advanced(bytes: blob.descriptor.size))
    }
  }

  /// Sends blobs straight out of the file, many at once.
  private func publishLayers(of bundle: BundleFile, _ publisher: Publisher) async throws {
    let plan = publisher.plan
    try await plan.layerRange.forEachConcurrently(in: lanes, size: { plan.layer($0)?.descriptor.size ?? 0 }) { index in
      guard let blob = plan.layer(index) else { return }
      let content = ReportedContent(content: bundle.content(index), reporter: reporter)
      let progress = content.progress
      try await publisher.bring(blob) { try await publisher.target.putBlob(content, in: $0) }
      reporter.report(.advanced(bytes: blob.descriptor.size - progress.reported))
    }
  }

  /// Writes the files that a stream has not brought.
  private func writeRemainingFiles() async throws {
    guard let files else { return }
    try await pool.run { [store] in try files.write(from: store) }
    if let bundle { try await files.write(from: bundle, pool, parallel: lanes.transfers) }
    try await pool.run { try files.end() }
  }
}
