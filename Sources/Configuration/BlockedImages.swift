internal import Diagnostics
internal import YAML

/// `mirror.blockedImages`: patterns of images that are left out, wherever they come from.
public struct BlockedImages: Sendable {
  private struct Rule: Sendable {
    let text: String
    let line: Int
    let pattern: Pattern
  }

  private let rules: [Rule]

  /// Whether nothing is blocked.
  public var isEmpty: Bool { rules.isEmpty }

  /// - Parameter mirror: The stanza above.
  init(_ mirror: Stanza) throws(SealiftError) {
    rules = try mirror.list("blockedImages") { (node) throws(SealiftError) in
      let name = try Stanza(node, path: "mirror.blockedImages[]", honoured: ["name"]).required("name")
      let text = try name.string()
      do throws(Pattern.Invalid) {
        return Rule(text: text, line: name.line, pattern: try Pattern(text))
      } catch {
        throw name.position.error(
          "the pattern '\(text.prefix(100))' \(error.reason)",
          nextStep: "write a regular expression of Go's, or put a backslash before each special character")
      }
    }
  }

  /// The first pattern that blocks an image, and its line in the file.
  ///
  /// A pattern that matches a part of either reference blocks; `^` and `$` bind it to the ends. Time is linear in the
  /// lengths of pattern and reference.
  ///
  /// - Parameters:
  ///   - origin: The reference as the user or a catalog names it.
  ///   - destination: The reference in the target.
  public func rule(blocking origin: String, destination: String) -> (pattern: String, line: Int)? {
    let references = [Self.withoutTransport(origin), Self.withoutTransport(destination)]
    return rules.first { rule in references.contains { rule.pattern.matches(in: $0) } }.map { ($0.text, $0.line) }
  }

  private static func withoutTransport(_ reference: String) -> String {
    for transport in ["docker://", "oci://", "oci:", "file://"] where reference.hasPrefix(transport) {
      return String(reference.dropFirst(transport.count))
    }
    return reference
  }
}
