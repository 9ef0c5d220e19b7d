internal import Diagnostics
internal import Digests
internal import Glibc
internal import Synchronization
internal import SystemIO

/// The content-addressed part of a layout, `blobs/sha256/<hex>`. Its calls block.
///
/// Source: OCI image-spec, image-layout.md, "Blobs".
struct OCILayoutBlobs: Sendable {
  /// The layout's directory.
  let layout: String
  /// `blobs/sha256` in it.
  let directory: String

  /// How much is read or written at once.
  static let chunkBytes = 1 << 20

  init(layout: String) {
    self.layout = layout
    directory = "\(layout)/blobs/sha256"
  }

  func path(of digest: Digest) -> String { "\(directory)/\(digest.hex)" }

  /// Refuses a layout whose blobs lie behind a symbolic link.
  func refuseLinks() throws(SealiftError) {
    for path in ["\(layout)/blobs", directory] where Self.kind(of: path) == S_IFLNK {
      throw SealiftError(
        .corrupt, "\(path) is a symbolic link, where only a directory may stand",
        nextStep: "put the directory itself in its place")
    }
  }

  /// Whether there is a regular file of that digest and size. Its content is not read.
  func has(_ digest: Digest, size: Int) -> Bool {
    var status = stat()
    return lstat(path(of: digest), &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == size
  }

  /// Reads a manifest and checks its digest.
  ///
  /// - Returns: `nil` if it is not there.
  func manifest(_ digest: Digest, mediaType: MediaType?) throws(SealiftError) -> FetchedManifest? {
    let path = path(of: digest)
    let bytes: [UInt8]
    do throws(SealiftError) { bytes = try OCILayoutIndex.bytes(path, limit: Manifest.maximumBytes) } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    guard SHA256Hasher.digest(of: bytes) == digest else {
      throw SealiftError(
        .corrupt, "\(path) is damaged: its bytes have another digest than its name says",
        nextStep: "make the layout again, or copy the image into it again")
    }
    let manifest = try Manifest(bytes, mediaType: mediaType, source: "manifest \(digest) in \(layout)")
    return FetchedManifest(
      descriptor: Descriptor(mediaType: manifest.mediaType, digest: digest, size: bytes.count), bytes: bytes,
      manifest: manifest)
  }

  /// Reads a manifest if it is there and whole: what is damaged counts as missing, so that it is sent again.
  func intactManifest(_ digest: Digest) throws(SealiftError) -> Manifest? {
    do throws(SealiftError) { return try manifest(digest, mediaType: nil)?.manifest } catch {
      if error.code == .corrupt || error.code == .protocol { return nil }
      throw error
    }
  }

  /// Reads a blob from `offset` to its end, chunk by chunk.
  func read(
    _ descriptor: Descriptor, from offset: Int, _ cancellation: CancellationFlag,
    _ consume: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let file = try File(regular: path(of: descriptor.digest))
    let size = try file.size()
    guard size == descriptor.size else { throw wrongSize(descriptor, size) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
    defer { buffer.deallocate() }
    var position = offset
    while position < size {
      try cancellation.check()
      let count = try file.read(into: .init(rebasing: buffer.prefix(size - position)), at: position)
      guard count > 0 else { throw wrongSize(descriptor, position) }
      try consume(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
      position += count
    }
  }

  private func wrongSize(_ descriptor: Descriptor, _ size: Int) -> SealiftError {
    SealiftError(
      .corrupt, "\(path(of: descriptor.digest)) has \(size) bytes, and its manifest says \(descriptor.size)",
      nextStep: "make the layout again, or copy the image into it again")
  }

  /// The kind of file at `path`, itself and not where it leads, or `nil` if nothing is there.
  private static func kind(of path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}

/// A blob that is being written: it has a name of its own until it is whole. Its calls block.
///
/// Threads: one at a time. Dropped before `finish(as:)`, it leaves nothing behind.
final class OCILayoutPartialBlob: Sendable {
  private let file: File
  private let blobs: OCILayoutBlobs
  private let isFinished = Atomic<Bool>(false)

  // Only one process at a time writes to a layout, so a count within this one is enough.
  private static let count = Atomic<Int>(0)

  /// Makes an empty file.
  ///
  /// - Parameter digest: What it will be, if that is known already.
  init(of digest: Digest?, in blobs: OCILayoutBlobs) throws(SealiftError) {
    let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
    file = try File("\(blobs.directory)/.\(digest?.hex ?? "upload").\(number)", .create)
    self.blobs = blobs
  }

  deinit {
    if !isFinished.load(ordering: .relaxed) { unlink(file.path) }
  }

  /// Appends bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SealiftError) { try file.write(bytes) }

  /// Syncs the bytes and gives the file its name; the name itself is synced by the layout's `commit()`.
  func finish(as digest: Digest) throws(SealiftError) {
    try file.sync()
    let path = blobs.path(of: digest)
    guard rename(file.path, path) == 0 else { throw .system("cannot rename \(file.path) to \(path)") }
    isFinished.store(true, ordering: .relaxed)
  }

  /// Removes what a killed run has left.
  static func removeLeftovers(in blobs: OCILayoutBlobs) throws(SealiftError) {
    for name in try FileSystem.list(blobs.directory)
    where name.wholeMatch(of: /\.([0-9a-f]{64}|upload)\.[0-9]+/) != nil {
      try FileSystem.remove("\(blobs.directory)/\(name)")
    }
  }
}
