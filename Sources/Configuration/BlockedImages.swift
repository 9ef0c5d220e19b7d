public import Diagnostics
internal import YAML

/// `mirror.blockedImages`: patterns of images that are left out, wherever they come from.
public struct BlockedImages: Sendable {
  private struct Rule: Sendable {
    let text: String
    let position: YAMLPosition
    let pattern: Pattern

    init(_ name: YAMLNode) throws(SealiftError) {
      text = try name.string()
      position = name.position
      do throws(Pattern.Invalid) {
        pattern = try Pattern(text)
      } catch {
        throw Self.error(
          text, position, error,
          nextStep: "write a regular expression of Go's, or put a backslash before each special character")
      }
    }

    func blocks(_ reference: String) throws(SealiftError) -> Bool {
      do throws(Pattern.Invalid) {
        return try pattern.matches(in: reference)
      } catch {
        throw Self.error(text, position, error, nextStep: "simplify it: repeat no group that holds a repetition")
      }
    }

    private static func error(
      _ text: String, _ position: YAMLPosition, _ error: Pattern.Invalid, nextStep: String
    ) -> SealiftError {
      position.error("the pattern '\(text.prefix(100))' \(error.reason)", nextStep: nextStep)
    }
  }

  private let rules: [Rule]

  /// Whether nothing is blocked.
  public var isEmpty: Bool { rules.isEmpty }

  /// - Parameter mirror: The stanza above.
  init(_ mirror: Stanza) {
    rules = mirror.list("blockedImages") { (node) throws(SealiftError) in
      let fields = Stanza.Fields(honoured: ["name"], idle: ["pullSecret": Stanza.pullSecret])
      return try Rule(Stanza(node, path: "mirror.blockedImages[]", fields, mirror.findings).required("name"))
    }
  }

  /// The first pattern that blocks an image, and its line in the file.
  ///
  /// A pattern that matches a part of either reference blocks; `^` and `$` bind it to the ends.
  ///
  /// - Parameters:
  ///   - origin: The reference as the user or a catalog names it.
  ///   - destination: The reference in the target.
  /// - Throws: If a pattern takes too long to match, because then nobody knows whether it blocks.
  public func rule(
    blocking origin: String, destination: String
  ) throws(SealiftError) -> (pattern: String, line: Int)? {
    let references = [Self.withoutTransport(origin), Self.withoutTransport(destination)]
    for rule in rules {
      for reference in references where try rule.blocks(reference) { return (rule.text, rule.position.line) }
    }
    return nil
  }

  private static func withoutTransport(_ reference: String) -> String {
    for transport in ["docker://", "oci://", "oci:", "file://"] where reference.hasPrefix(transport) {
      return String(reference.dropFirst(transport.count))
    }
    return reference
  }
}
