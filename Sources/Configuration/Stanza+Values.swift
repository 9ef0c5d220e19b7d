internal import Diagnostics
internal import Versions
internal import YAML

extension Stanza {
  /// `true` or `false`; `false` where it is absent.
  func flag(_ name: String) throws(SealiftError) -> Bool { try self[name]?.bool() ?? false }

  /// A version of three numbers; `nil` where it is absent.
  func version(_ name: String) throws(SealiftError) -> SemanticVersion? {
    guard let node = self[name] else { return nil }
    let text = try node.string()
    guard let version = SemanticVersion(text) else {
      throw node.position.error("\(name) '\(text.prefix(100))' is not a version of three numbers, such as 4.18.1")
    }
    return version
  }

  /// The text of a field that may be absent.
  ///
  /// - Parameter what: What it must be, for the message.
  func checked(_ name: String, _ what: String, _ isValid: (String) -> Bool) throws(SealiftError) -> String? {
    guard let node = self[name] else { return nil }
    let text = try node.string()
    guard isValid(text) else { throw node.position.error("\(name) '\(text)' is not \(what)") }
    return text
  }
}
