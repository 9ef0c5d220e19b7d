internal import CPCRE2

/// A regular expression, matched within bounds of time and memory.
///
/// The syntax is PCRE2's, which holds nearly all of Go's `regexp`, the syntax of `blockedImages` in `oc-mirror`, with
/// the same meaning. Two things differ: `\s` and `\v` take more white space, which no reference has, and releases from
/// 10.43 on count `x{,2}`, which Go takes as it stands. What Go refuses and PCRE2 has, such as look-around and
/// possessive repetition, is accepted, because the limits bound it; a `(...)` has no number to refer to.
///
/// Source: pcre2pattern(3); RE2 syntax, github.com/google/re2/wiki/Syntax.
///
/// Threads: any number at a time.
final class Pattern: @unchecked Sendable {
  /// Why a pattern is refused: a clause that goes after "the pattern".
  struct Invalid: Error {
    let reason: String
  }

  /// The longest pattern, in bytes: far above any real one.
  static let maxBytes = 1024
  // Some milliseconds, and less than a second for the worst pattern and the longest path.
  private static let maxSteps: UInt32 = 500_000
  // A repeated group nests once for each time, so this is some times the characters of the longest path.
  private static let maxDepth: UInt32 = 20_000
  private static let maxHeapKiB: UInt32 = 16 * 1024

  // Unchecked because of these: matching only reads them.
  private let code: OpaquePointer
  private let limits: OpaquePointer

  /// Compiles a pattern.
  ///
  /// - Throws: For what is no regular expression, and for patterns that are too large.
  init(_ text: String) throws(Invalid) {
    let bytes = Array(text.utf8)
    guard bytes.count <= Self.maxBytes else { throw Invalid(reason: "is longer than \(Self.maxBytes) bytes") }
    // Go's $ is the very end only. Nothing asks what a group matched.
    let options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE
    var (problem, offset) = (Int32(0), 0)
    guard let code = pcre2_compile_8(bytes, bytes.count, options, &problem, &offset, nil) else {
      throw Invalid(reason: "is no regular expression: \(Self.message(problem)), at byte \(offset)")
    }
    guard let limits = pcre2_match_context_create_8(nil) else { preconditionFailure("out of memory") }
    pcre2_set_match_limit_8(limits, Self.maxSteps)
    pcre2_set_depth_limit_8(limits, Self.maxDepth)
    pcre2_set_heap_limit_8(limits, Self.maxHeapKiB)
    self.code = code
    self.limits = limits
  }

  deinit {
    pcre2_match_context_free_8(limits)
    pcre2_code_free_8(code)
  }

  /// Whether the pattern matches any part of `text`.
  ///
  /// - Throws: If that is not known within the limits.
  func matches(in text: String) throws(Invalid) -> Bool {
    let bytes = Array(text.utf8)
    guard let match = pcre2_match_data_create_8(1, nil) else { preconditionFailure("out of memory") }
    defer { pcre2_match_data_free_8(match) }
    let result = pcre2_match_8(code, bytes, bytes.count, 0, 0, match, limits)
    switch result {
    case 0...: return true
    case PCRE2_ERROR_NOMATCH: return false
    case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT:
      throw Invalid(reason: "is too costly to match with '\(text)': \(Self.message(result))")
    default: throw Invalid(reason: "cannot be matched with '\(text)': \(Self.message(result))")
    }
  }

  private static func message(_ problem: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 256)  // Ample, says pcre2api(3).
    let count = pcre2_get_error_message_8(problem, &bytes, bytes.count)
    return count < 0 ? "error \(problem)" : String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
  }
}
