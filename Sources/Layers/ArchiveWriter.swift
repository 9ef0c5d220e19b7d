internal import CArchive
internal import Diagnostics
internal import Glibc

/// Writes one archive: a plain tar, or one stream of bytes with gzip.
///
/// Threads: all calls on one thread; they block as the sink does.
final class ArchiveWriter {
  /// What is written.
  enum Form {
    /// Tar entries: ustar, and pax headers only for what ustar cannot hold.
    case tar
    /// The bytes of `write(_:)` as one gzip member, without a time or a name.
    case gzip
  }

  private final class Output {
    let sink: (UnsafeRawBufferPointer) throws -> Void
    var failure: (any Error)?

    init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.sink = sink }
  }

  private let handle: OpaquePointer
  private let output: Output
  private var isClosed = false

  /// - Parameter sink: Takes the bytes, piece by piece; what it throws is rethrown by the call that led to it.
  init(_ form: Form, sink: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let handle = archive_write_new() else { preconditionFailure("out of memory") }
    self.handle = handle
    output = Output(sink)
    switch form {
    case .tar: try check(archive_write_set_format_pax_restricted(handle))
    case .gzip:
      try check(archive_write_set_format_raw(handle))
      try check(archive_write_add_filter_gzip(handle))
      try check(archive_write_set_filter_option(handle, "gzip", "timestamp", nil))
    }
    try check(archive_write_set_bytes_per_block(handle, Self.blockBytes))
    // The end is not padded to a whole block.
    try check(archive_write_set_bytes_in_last_block(handle, 1))
    try check(
      archive_write_open(
        handle, Unmanaged.passUnretained(output).toOpaque(), nil, { ArchiveWriter.write($1, $2, $3) }, nil))
    if form == .gzip { try header(path: "content", size: nil) }
  }

  deinit {
    // Else it would still write.
    if !isClosed { archive_write_fail(handle) }
    archive_write_free(handle)
  }

  /// Starts an entry, owned by root, of the year 1970.
  ///
  /// - Parameters:
  ///   - size: The size of its content, which must follow; `nil` for a stream.
  ///   - isDirectory: Whether it is a directory.
  func header(path: String, size: Int?, mode: UInt32 = 0o644, isDirectory: Bool = false) throws {
    let old = uselocale(UTF8Locale.shared)
    defer { uselocale(old) }
    guard let entry = archive_entry_new() else { preconditionFailure("out of memory") }
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname_utf8(entry, path)
    archive_entry_set_filetype(entry, isDirectory ? sealift_directory : sealift_regular_file)
    archive_entry_set_perm(entry, mode)
    archive_entry_set_uid(entry, 0)
    archive_entry_set_gid(entry, 0)
    archive_entry_set_mtime(entry, 0, 0)
    if let size { archive_entry_set_size(entry, Int64(size)) }
    try check(archive_write_header(handle, entry))
  }

  /// Writes content of the entry that was started last.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = archive_write_data(handle, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      // Zero: there is more than the entry's header says.
      guard count > 0 else { throw failure() }
      done += count
    }
  }

  /// Writes the end.
  func close() throws {
    try check(archive_write_close(handle))
    isClosed = true
  }

  /// The size of the pieces that the sink gets.
  private static let blockBytes: CInt = 64 << 10

  private static func write(_ context: UnsafeMutableRawPointer?, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    guard let context else { return -1 }
    let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
    guard output.failure == nil else { return -1 }
    do {
      try output.sink(UnsafeRawBufferPointer(start: bytes, count: count))
      return count
    } catch {
      output.failure = error
      return -1
    }
  }

  private func check(_ status: CInt) throws {
    guard status == ARCHIVE_OK, output.failure == nil else { throw failure() }
  }

  private func failure() -> any Error {
    if let cause = output.failure { return cause }
    let reason = archive_error_string(handle).map { String(cString: $0) } ?? "libarchive gives no reason"
    return SealiftError(
      .internal, "a layer cannot be written: \(reason)", nextStep: "report this as a defect of Sealift")
  }
}
