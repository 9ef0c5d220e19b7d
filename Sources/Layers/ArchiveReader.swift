internal import CArchive
public import Diagnostics
internal import Glibc

/// Reads one tar archive, plain or compressed with gzip or zstd, from front to back.
///
/// Nothing else is recognised: no other format, no filter that runs a program, no filter within a filter. Entries that
/// could lead out of the root are errors.
///
/// Threads: all calls on one thread; they block.
public final class ArchiveReader {
  private let handle: OpaquePointer
  private let input: ArchiveInput
  private let name: String
  private let code: SealiftError.Code
  private let limits: ArchiveLimits
  private var entries = 0
  private var current: ArchiveEntry?

  /// Whether the bytes turned out not to be a readable archive, which a wrong digest would explain.
  private(set) var isBroken = false

  /// Opens an archive.
  ///
  /// - Parameters:
  ///   - name: What it is, for messages: `layer sha256:…`.
  ///   - code: The code of the error for anything that is wrong with it.
  ///   - limits: Its bounds.
  ///   - next: Gives the next bytes, which must stay until it is called again; `nil` at the end.
  /// - Throws: What `next` throws; `code` for what is no archive.
  public init(
    _ name: String, code: SealiftError.Code = .protocol, limits: ArchiveLimits = ArchiveLimits(),
    next: @escaping () throws -> UnsafeRawBufferPointer?
  ) throws {
    guard let handle = archive_read_new() else { preconditionFailure("out of memory") }
    self.handle = handle
    self.name = name
    self.code = code
    self.limits = limits
    input = ArchiveInput(handle: handle, limit: limits.bytes, next: next)
    try prepare()
    // The readers of compressed data look ahead for a filter within the filter, and must not look for ever.
    input.openingLimit = Self.openingBytes
    guard archive_read_open1(handle) == ARCHIVE_OK else { throw failure() }
    input.openingLimit = nil
    // Two: what decompresses, and what reads.
    guard archive_filter_count(handle) <= 2 else { throw error("is compressed twice") }
  }

  deinit { archive_read_free(handle) }

  /// How many bytes have been decompressed so far, headers and padding included.
  public var decompressedBytes: Int { Int(archive_filter_bytes(handle, 0)) }

  /// Passes to the next entry; content that was not read is skipped.
  ///
  /// - Returns: `nil` at the end.
  public func next() throws -> ArchiveEntry? {
    let old = uselocale(UTF8Locale.shared)
    defer { uselocale(old) }
    try skipContent()
    var raw: OpaquePointer?
    switch archive_read_next_header(handle, &raw) {
    case ARCHIVE_EOF: return nil
    case ARCHIVE_OK, ARCHIVE_WARN: break
    default: throw failure()
    }
    try input.check(name, code)
    entries += 1
    guard entries <= limits.entries else { throw error("has more than \(limits.entries) entries") }
    guard let raw else { throw failure() }
    let entry = try self.entry(raw)
    current = entry
    return entry
  }

  /// Reads the content of the entry that `next()` gave, once.
  ///
  /// - Parameter consume: Takes each piece, in order; what it throws is rethrown.
  public func readContent(_ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let entry = current, entry.kind == .file else { return current = nil }
    current = nil
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
      guard count >= 0 else { throw failure() }
      try input.check(name, code)
      if count == 0 { break }
      total += count
      guard total <= entry.size else { break }
      try consume(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
    }
    guard total == entry.size else {
      isBroken = true
      throw error("says that \(entry.path) has \(entry.size) bytes, and it has \(total)")
    }
  }

  /// The content of the entry that `next()` gave, once.
  ///
  /// - Parameter limit: The greatest size in bytes that is taken into memory.
  /// - Throws: The archive's code if it is larger.
  public func content(limit: Int) throws -> [UInt8] {
    if let entry = current, entry.size > limit {
      throw error("holds \(entry.path) with \(entry.size.asBytes), and at most \(limit.asBytes) are read")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(current?.size ?? 0)
    try readContent { bytes += $0 }
    return bytes
  }

  /// The size of the pieces in which content is read.
  private static let pieceBytes = 256 << 10
  /// How many bytes may be read before the first entry is asked for; 128 KiB of decompressed bytes are enough.
  private static let openingBytes = 4 << 20

  private func prepare() throws {
    let context = Unmanaged.passUnretained(input).toOpaque()
    // ARCHIVE_WARN: the library would run a program for that filter.
    guard archive_read_support_format_tar(handle) == ARCHIVE_OK,
      archive_read_support_format_empty(handle) == ARCHIVE_OK,
      archive_read_support_filter_gzip(handle) == ARCHIVE_OK,
      archive_read_support_filter_zstd(handle) == ARCHIVE_OK,
      archive_read_set_callback_data(handle, context) == ARCHIVE_OK,
      archive_read_set_read_callback(handle, { ArchiveInput.read($0, $1, $2) }) == ARCHIVE_OK
    else {
      throw SealiftError(
        .internal, "libarchive cannot read tar with gzip and zstd",
        nextStep: "install a libarchive that was built with zlib and libzstd")
    }
  }

  private func entry(_ raw: OpaquePointer) throws(SealiftError) -> ArchiveEntry {
    guard let pathBytes = archive_entry_pathname(raw) else { throw error("has an entry without a readable path") }
    let path = try confined(String(cString: pathBytes))
    let kind: ArchiveEntry.Kind
    if let target = archive_entry_hardlink(raw) {
      kind = .hardLink(try confined(String(cString: target)))
    } else {
      switch archive_entry_filetype(raw) & sealift_file_type_mask {
      case sealift_regular_file: kind = .file
      case sealift_directory: kind = .directory
      case sealift_symbolic_link: kind = .symbolicLink(archive_entry_symlink(raw).map { String(cString: $0) } ?? "")
      default: kind = .special
      }
    }
    let size = kind == .file ? archive_entry_size(raw) : 0
    guard size >= 0 else { throw error("has an entry of a negative size: \(path)") }
    return ArchiveEntry(path: path, kind: kind, size: Int(size), mode: UInt32(archive_entry_perm(raw)))
  }

  private func confined(_ path: String) throws(SealiftError) -> String {
    guard let normalised = ArchivePath.normalised(path) else {
      throw error("has an entry whose path could lead out of it: '\(path)'")
    }
    return normalised
  }

  // Not left to the library, which would skip whatever size an entry claims in one call.
  private func skipContent() throws {
    guard let entry = current else { return }
    current = nil
    guard entry.kind == .file else { return }
    var piece: UnsafeRawPointer?
    var (count, offset) = (0, Int64(0))
    while true {
      switch archive_read_data_block(handle, &piece, &count, &offset) {
      case ARCHIVE_OK: try input.check(name, code)
      case ARCHIVE_EOF: return
      default: throw failure()
      }
    }
  }

  /// What libarchive's last call failed with, or what made it fail.
  private func failure() -> any Error {
    if let cause = input.failure { return cause }
    if input.isBeyondLimit { return input.beyondLimit(name, code) }
    isBroken = true
    let reason = archive_error_string(handle).map { String(cString: $0) } ?? "libarchive gives no reason"
    return error("is not a readable tar archive: \(reason)")
  }

  private func error(_ problem: String) -> SealiftError {
    SealiftError(code, "\(name) \(problem)", nextStep: "ask the publisher for a sound copy")
  }
}
