public import Diagnostics

/// A pattern for images: a regular expression that matches a part of a reference; `^` and `$` bind it to the ends.
public struct ImagePattern: Sendable {
  /// The pattern as the user wrote it.
  public let text: String
  private let pattern: Pattern

  /// Compiles a pattern of the command line.
  ///
  /// - Parameter option: The option that has it.
  /// - Throws: `usage` for what is no regular expression.
  public init(_ text: String, option: String) throws(SealiftError) {
    do throws(Pattern.Invalid) { try self.init(text) } catch {
      throw SealiftError(.usage, "\(option): the pattern '\(text.prefix(100))' \(error.reason)", nextStep: Self.advice)
    }
  }

  init(_ text: String) throws(Pattern.Invalid) {
    self.text = text
    pattern = try Pattern(text)
  }

  /// Whether it matches one of the references of an image.
  ///
  /// - Throws: `usage` for a pattern that takes too long to match, because then nobody knows whether it does.
  public func matches(_ references: [String]) throws(SealiftError) -> Bool {
    do throws(Pattern.Invalid) { return try matchesOne(of: references) } catch {
      throw SealiftError(.usage, "the pattern '\(text.prefix(100))' \(error.reason)", nextStep: Self.simplification)
    }
  }

  func matchesOne(of references: [String]) throws(Pattern.Invalid) -> Bool {
    for reference in references where try pattern.matches(in: Self.withoutTransport(reference)) { return true }
    return false
  }

  /// What to do about a pattern that is none.
  static let advice = "write a regular expression of Go's, or put a backslash before each special character"
  /// What to do about a pattern that takes too long.
  static let simplification = "simplify it: repeat no group that holds a repetition"

  private static func withoutTransport(_ reference: String) -> String {
    for transport in ["docker://", "oci://", "oci:", "file://"] where reference.hasPrefix(transport) {
      return String(reference.dropFirst(transport.count))
    }
    return reference
  }
}
