internal import CSQLite
internal import Diagnostics

/// An SQLite file that is only read, and that may be hostile.
///
/// Threads: one at a time.
final class Database {
  // Far above the largest ClusterServiceVersion; a catalog's value beyond it is no catalog's.
  private static let maximumValueBytes: CInt = 64 << 20
  // A statement over a catalog of all operators takes some millions of steps.
  private static let maximumSteps = 2_000_000_000
  private static let stepsBetweenLooks: CInt = 1_000_000

  private let handle: OpaquePointer
  private let path: String
  private var looks = 0

  /// - Throws: `corrupt` for what is no database.
  init(_ path: String) throws(SealiftError) {
    self.path = path
    var opened: OpaquePointer?
    // Nobody writes to the file while it is read, so that neither a lock nor a journal beside it counts.
    let address = "file:\(Self.escaped(path))?mode=ro&immutable=1"
    let code = sqlite3_open_v2(address, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_PRIVATECACHE, nil)
    guard let opened else { preconditionFailure("out of memory") }
    handle = opened
    guard code == SQLITE_OK, sealift_sqlite3_harden(handle) == SQLITE_OK else { throw failure() }
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.maximumValueBytes)
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_progress_handler(
      handle, Self.stepsBetweenLooks,
      { context in
        guard let context else { return 1 }
        return Unmanaged<Database>.fromOpaque(context).takeUnretainedValue().isBeyondItsSteps ? 1 : 0
      }, context)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs a query and hands each row to `body`.
  func query(
    _ text: String, _ arguments: [String] = [], _ body: (Row) throws -> Void
  ) throws {
    var prepared: OpaquePointer?
    guard sqlite3_prepare_v2(handle, text, -1, &prepared, nil) == SQLITE_OK, let statement = prepared else {
      throw failure()
    }
    defer { sqlite3_finalize(statement) }
    for (number, argument) in arguments.enumerated() {
      // SQLite copies the text: it does not live as long as the statement.
      let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      guard sqlite3_bind_text(statement, CInt(number + 1), argument, -1, copies) == SQLITE_OK else { throw failure() }
    }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: try body(Row(statement))
      case SQLITE_DONE: return
      default: throw failure()
      }
    }
  }

  /// The names of a table's columns; none if there is no such table.
  func columns(of table: String) throws -> Set<String> {
    var names: Set<String> = []
    try query("SELECT name FROM pragma_table_info(?1)", [table]) { row in names.insert(row.text(0)) }
    return names
  }

  private var isBeyondItsSteps: Bool {
    looks += 1
    return looks > Self.maximumSteps / Int(Self.stepsBetweenLooks)
  }

  private func failure() -> SealiftError {
    SealiftError(
      .corrupt, "the catalog's database \(path) cannot be read: \(String(cString: sqlite3_errmsg(handle)))",
      nextStep: "pull the catalog image again; if it happens again, its publisher has to mend it")
  }

  /// Source: sqlite.org/uri.html, section 3.1.
  private static func escaped(_ path: String) -> String {
    path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
  }
}

/// One row of a query's result, valid until the next one is read.
struct Row {
  private let statement: OpaquePointer

  fileprivate init(_ statement: OpaquePointer) { self.statement = statement }

  /// A column's text; empty for NULL. Bytes that are no UTF-8 are replaced.
  func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }

  /// A column's bytes, of text or of a blob; none for NULL.
  func bytes(_ column: Int) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement, CInt(column)) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, CInt(column)))))
  }

  /// A column's number; `nil` for NULL.
  func integer(_ column: Int) -> Int? {
    guard sqlite3_column_type(statement, CInt(column)) != SQLITE_NULL else { return nil }
    return Int(sqlite3_column_int64(statement, CInt(column)))
  }
}
