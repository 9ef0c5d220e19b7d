internal import CArchive
internal import Diagnostics
internal import Glibc

/// Where an archive's bytes come from, as libarchive calls for them.
///
/// An error cannot cross C: it is kept here and thrown when libarchive's call has returned.
final class ArchiveInput {
  private let handle: OpaquePointer
  private let limit: Int
  private let nextPiece: () throws -> UnsafeRawBufferPointer?
  private var pulled = 0

  /// How many bytes may be pulled while the archive is opened.
  var openingLimit: Int?
  /// What made a read fail.
  private(set) var failure: (any Error)?

  /// - Parameters:
  ///   - handle: The archive that reads.
  ///   - limit: The greatest number of decompressed bytes.
  ///   - next: Gives the next bytes; `nil` at the end.
  init(handle: OpaquePointer, limit: Int, next: @escaping () throws -> UnsafeRawBufferPointer?) {
    self.handle = handle
    self.limit = limit
    nextPiece = next
  }

  /// Whether more has been decompressed than is allowed.
  var isBeyondLimit: Bool { archive_filter_bytes(handle, 0) > limit }

  /// - Throws: What made a read fail, even if libarchive went on; the limit, once it is passed.
  func check(_ name: String, _ code: SealiftError.Code) throws {
    if let failure { throw failure }
    if isBeyondLimit { throw beyondLimit(name, code) }
  }

  /// The error for an archive that is a bomb.
  func beyondLimit(_ name: String, _ code: SealiftError.Code) -> SealiftError {
    SealiftError(
      code, "\(name) has more than \(limit.asBytes) when it is decompressed",
      nextStep: "ask the publisher what it holds")
  }

  /// libarchive's read callback.
  static func read(
    _ handle: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ out: UnsafeMutablePointer<UnsafeRawPointer?>?
  ) -> Int {
    guard let context else { return -1 }
    let input = Unmanaged<ArchiveInput>.fromOpaque(context).takeUnretainedValue()
    guard let piece = input.next() else { return -1 }
    out?.pointee = piece.baseAddress
    return piece.count
  }

  /// The next bytes, empty at the end; `nil` to make libarchive stop.
  private func next() -> UnsafeRawBufferPointer? {
    if failure != nil { return stop("reading failed") }
    if isBeyondLimit { return stop("too many bytes") }
    if let openingLimit, pulled > openingLimit { return stop("no archive begins here") }
    do {
      // An empty piece would be the end to libarchive.
      while let piece = try nextPiece() {
        pulled += piece.count
        if !piece.isEmpty { return piece }
      }
      return UnsafeRawBufferPointer(start: nil, count: 0)
    } catch {
      failure = error
      return stop("reading failed")
    }
  }

  private func stop(_ reason: String) -> UnsafeRawBufferPointer? {
    sealift_archive_set_error(handle, reason)
    return nil
  }
}

/// The locale in which libarchive takes paths as UTF-8; set for its calls alone, as the process has another one.
enum UTF8Locale {
  /// Never freed, and never changed.
  nonisolated(unsafe) static let shared = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
}
