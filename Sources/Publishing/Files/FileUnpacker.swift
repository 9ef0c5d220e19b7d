internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Synchronization
internal import SystemIO

/// Writes the files of a bundle into a directory, whether the bundle is read by offset or only once.
///
/// Threads: any; `take` by one at a time.
final class FileUnpacker: Sendable {
  private struct Item {
    let name: String
    let digest: Digest
    let size: Int
  }

  private struct State {
    var directory: FileDirectory?
    var outcomes: [String: Event.Outcome] = [:]
    var receiver: Receiver?
  }

  private let path: String
  private let items: [Item]
  /// The names of the items that have the content of a blob, by its place in the index's `blobs`.
  private let blobs: [Int: [Item]]
  /// The items whose content lies in the head.
  private let small: [Item]
  private let reporter: any Reporter
  private let state = Mutex(State())

  private static let pieceBytes = 1 << 20

  /// - Parameters:
  ///   - index: The index of the bundle.
  ///   - path: The directory.
  ///   - profile: Whose files are wanted, besides those of everyone.
  init(_ index: BundleIndex, _ path: String, profile: String?, _ reporter: any Reporter) {
    self.path = path
    self.reporter = reporter
    let wanted = index.carriedFiles.filter { $0.applies(to: profile) }
    let digests = Set(wanted.map(\.digest))
    var places: [Digest: Int] = [:]
    var sizes: [Digest: Int] = [:]
    for (place, blob) in index.blobs.enumerated() where digests.contains(blob.descriptor.digest) {
      places[blob.descriptor.digest] = place
      sizes[blob.descriptor.digest] = blob.descriptor.size
    }
    for blob in index.metadata where digests.contains(blob.digest) { sizes[blob.digest] = blob.size }
    items = wanted.map { Item(name: $0.name, digest: $0.digest, size: sizes[$0.digest] ?? 0) }
    small = items.filter { places[$0.digest] == nil }
    blobs = Dictionary(grouping: items.filter { places[$0.digest] != nil }) { places[$0.digest] ?? 0 }
  }

  /// How many bytes and files there are, for the progress.
  var totals: (bytes: Int, items: Int) { (items.reduce(0) { $0 + $1.size }, items.count) }

  /// What is there, or would be.
  var listing: UnpackedFiles {
    let outcomes = state.withLock { $0.outcomes }
    return UnpackedFiles(
      directory: path,
      files: items.compactMap { item in
        outcomes[item.name].map { .init(name: item.name, digest: item.digest, size: item.size, outcome: $0) }
      })
  }

  /// Looks at what is there and whether there is room for the rest; nothing is written.
  ///
  /// Afterwards `listing` tells what would be.
  func plan(_ cancellation: CancellationFlag) throws {
    let directory = try FileDirectory(existing: path)
    var outcomes: [String: Event.Outcome] = [:]
    for item in items {
      let isThere = try directory?.has(item.name, item.digest, size: item.size, cancellation) ?? false
      outcomes[item.name] = isThere ? .present : .moved
    }
    try checkRoom(for: items.filter { outcomes[$0.name] == .moved })
    state.withLock { $0.outcomes = outcomes }
  }

  /// Makes the directory, so that one that cannot be made is known before anything is sent.
  func begin() throws(SealiftError) {
    let directory = try FileDirectory(path)
    try directory.sweep()
    state.withLock { state in
      state.directory = directory
      state.outcomes = state.outcomes.filter { $0.value == .present }
    }
  }

  /// Reports what is there already, once the phase has begun.
  func reportPresent() {
    for file in listing.files {
      reporter.report(.advanced(bytes: file.size))
      reporter.report(.finished(item: file.name, outcome: file.outcome))
    }
  }

  /// Writes all files out of a bundle that can be read by offset, many at once.
  func write(from bundle: BundleFile, _ pool: BlockingPool, parallel: Int) async throws {
    try await blobs.keys.sorted().forEachConcurrently(limit: parallel) { place in
      guard let receiver = try self.receiver(place) else { return }
      try await pool.runCancellable { flag in
        let reader = try bundle.content(place).open()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 4096)
        defer { buffer.deallocate() }
        // The last bytes come only if all of them are proven; an empty blob is proven by the first read.
        while case let count = try reader.read(into: buffer), count > 0 {
          try flag.check()
          try receiver.append(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        }
        try self.finish(receiver)
      }
    }
  }

  /// Writes all files out of a bundle that can be read only once.
  func write(from stream: BundleStream, _ pool: BlockingPool) async throws {
    try await pool.runCancellable { flag in
      while let piece = try stream.piece(limit: Self.pieceBytes) {
        try flag.check()
        try self.take(piece)
      }
    }
  }

  /// Takes the next piece of the stream, whether a file needs it or not.
  func take(_ piece: BundleStream.Piece) throws {
    if state.withLock({ $0.receiver == nil }) {
      let receiver = try receiver(piece.index)
      state.withLock { $0.receiver = receiver }
    }
    guard let receiver = state.withLock({ $0.receiver }) else { return }
    try piece.bytes.withUnsafeBytes { try receiver.append($0) }
    guard piece.isLast else { return }
    state.withLock { $0.receiver = nil }
    try finish(receiver)
  }

  /// Writes the files whose content lies in the head, where all of it is proven.
  func write(from store: MetadataStore) throws {
    for item in small {
      guard let receiver = try receiver(for: [item]) else { continue }
      try store.required(item.digest).withUnsafeBytes { try receiver.append($0) }
      try finish(receiver)
    }
  }

  /// Waits until all names are on the disk.
  func end() throws(SealiftError) { try state.withLock { $0.directory }?.sync() }

  private func receiver(_ place: Int) throws(SealiftError) -> Receiver? { try receiver(for: blobs[place] ?? []) }

  /// - Returns: `nil` if all of them are there.
  private func receiver(for items: [Item]) throws(SealiftError) -> Receiver? {
    let (directory, outcomes) = state.withLock { ($0.directory, $0.outcomes) }
    let missing = items.filter { outcomes[$0.name] == nil }
    guard let directory, !missing.isEmpty else { return nil }
    var files: [UnfinishedFile] = []
    for item in missing { files.append(try directory.create(item.name)) }
    return Receiver(names: missing.map(\.name), files: files, reporter: reporter)
  }

  private func finish(_ receiver: Receiver) throws(SealiftError) {
    for (name, file) in zip(receiver.names, receiver.files) {
      try file.finish()
      state.withLock { $0.outcomes[name] = .moved }
      reporter.report(.finished(item: name, outcome: .moved))
    }
  }

  private func checkRoom(for missing: [Item]) throws(SealiftError) {
    var place = path
    while !FileSystem.exists(place), FileSystem.parent(of: place) != place { place = FileSystem.parent(of: place) }
    let volume = try FileSystem.volume(of: place)
    if let large = missing.first(where: { volume.isFAT && $0.size > Volume.largestFileOnFAT }) {
      throw SealiftError(
        .storage, "\(large.name) has \(large.size.asBytes), and \(path) is on FAT, where a file holds 4 GiB",
        nextStep: "name a directory on another file system with --files")
    }
    let size = missing.reduce(0) { $0 + $1.size }
    if size > volume.freeBytes {
      throw SealiftError(
        .storage,
        "the files need \(size.asBytes) (\(size) bytes), and the file system of \(path) has "
          + "\(volume.freeBytes.asBytes) free: \((size - volume.freeBytes).asBytes) are missing",
        nextStep: "free some space, or name another directory with --files")
    }
  }
}

/// The files that get the content of one blob.
private final class Receiver: Sendable {
  let names: [String]
  let files: [UnfinishedFile]
  private let reporter: any Reporter

  init(names: [String], files: [UnfinishedFile], reporter: any Reporter) {
    self.names = names
    self.files = files
    self.reporter = reporter
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(SealiftError) {
    for file in files {
      try file.write(bytes)
      reporter.report(.advanced(bytes: bytes.count))
    }
  }
}
