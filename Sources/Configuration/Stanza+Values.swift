internal import Diagnostics
internal import Versions
internal import YAML

extension Stanza {
  /// `true` or `false`; `false` where it is absent.
  func flag(_ name: String) -> Bool { value(name) { (node) throws(SealiftError) in try node.bool() } ?? false }

  /// One end of a range of versions; `nil` where it is absent or empty.
  func limit(_ name: String) -> VersionLimit? {
    value(name) { (node) throws(SealiftError) -> VersionLimit? in
      let text = try text(node)
      if text.isEmpty { return nil }
      guard let limit = VersionLimit(text) else {
        throw node.position.error("\(name) '\(text.prefix(100))' is not a version such as 4.18.1 or 4.18")
      }
      return limit
    }
  }

  /// The text of a field; `nil` where it is absent or empty, as oc-mirror takes it, and where it is a fault.
  ///
  /// - Parameter what: What it must be, for the message.
  func text(_ name: String, _ what: String = "text", _ isValid: (String) -> Bool = { _ in true }) -> String? {
    findings.attempt(at: self[name]?.position ?? position) { () throws(SealiftError) -> String? in
      try checkedText(name, what, isValid)
    }
  }

  /// The same for a field on which others depend.
  func checkedText(
    _ name: String, _ what: String, _ isValid: (String) -> Bool = { _ in true }
  ) throws(SealiftError) -> String? {
    guard let node = self[name] else { return nil }
    let text = try text(node)
    if text.isEmpty { return nil }
    guard isValid(text) else {
      throw node.position.error("\(name) '\((text.withoutUserInfo ?? text).prefix(200))' is not \(what)")
    }
    return text
  }

  /// The text of a field that must be there and not be empty.
  func requiredText(_ name: String) throws(SealiftError) -> String {
    let node = try required(name)
    let text = try text(node)
    guard !text.isEmpty else { throw node.position.error("the \(name) is empty") }
    return text
  }

  /// The text of a value, which other readers might take for a number.
  func text(_ node: YAMLNode) throws(SealiftError) -> String {
    let text = try node.string()
    findings.noteIfAmbiguous(node)
    return text
  }
}
