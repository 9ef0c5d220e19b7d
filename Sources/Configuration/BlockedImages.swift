public import Diagnostics
internal import YAML

/// `blockedImages`: patterns of images that are left out, wherever they come from, or that are not deleted.
public struct BlockedImages: Sendable {
  private struct Rule: Sendable {
    let position: YAMLPosition
    let pattern: ImagePattern

    init(_ name: YAMLNode) throws(SealiftError) {
      let text = try name.string()
      position = name.position
      do throws(Pattern.Invalid) { pattern = try ImagePattern(text) } catch {
        throw Self.error(text, position, error, nextStep: ImagePattern.advice)
      }
    }

    func blocks(_ references: [String]) throws(SealiftError) -> Bool {
      do throws(Pattern.Invalid) { return try pattern.matchesOne(of: references) } catch {
        throw Self.error(pattern.text, position, error, nextStep: ImagePattern.simplification)
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

  /// - Parameter top: The stanza above.
  init(_ top: Stanza) {
    rules = top.list("blockedImages") { (node) throws(SealiftError) in
      let fields = Stanza.Fields(honoured: ["name"], idle: ["pullSecret": Stanza.pullSecret])
      return try Rule(Stanza(node, path: "\(top.path).blockedImages[]", fields, top.findings).required("name"))
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
    for rule in rules where try rule.blocks([origin, destination]) { return (rule.pattern.text, rule.position.line) }
    return nil
  }
}
