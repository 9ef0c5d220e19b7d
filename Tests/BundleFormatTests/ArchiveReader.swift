import CArchive
import TestSupport
import Testing

/// What libarchive finds in a file.
struct ArchiveReader {
  struct Entry: Equatable {
    let name: String
    let content: [UInt8]
  }

  /// Reads all entries of a compressed archive.
  static func entries(_ path: String) throws -> [Entry] {
    let archive = try #require(archive_read_new())
    defer { archive_read_free(archive) }
    archive_read_support_filter_zstd(archive)
    archive_read_support_format_tar(archive)
    try #require(archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK, "\(problem(archive))")
    var entries: [Entry] = []
    while true {
      var entry: OpaquePointer?
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return entries }
      try #require(status == ARCHIVE_OK, "\(problem(archive))")
      let name = try #require(archive_entry_pathname(entry).map { String(cString: $0) })
      var content = [UInt8](repeating: 0, count: Int(archive_entry_size(entry)))
      try #require(archive_read_data(archive, &content, content.count) == content.count, "\(problem(archive))")
      entries.append(Entry(name: name, content: content))
    }
  }

  private static func problem(_ archive: OpaquePointer) -> String {
    archive_error_string(archive).map { String(cString: $0) } ?? ""
  }
}
