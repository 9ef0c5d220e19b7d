public import Diagnostics

extension YAMLNode {
  /// The same without places, for what is written anew by `YAMLWriter` and must mean the same as before.
  ///
  /// A number stays as it is written, whatever it is. A key that is a whole number becomes the same text, as readers of
  /// Kubernetes objects take it.
  ///
  /// - Throws: The file's code, with the place, for a key that readers do not all take for the same text, and for a
  ///   number that JSON does not have.
  public func carried() throws(SealiftError) -> YAMLValue {
    switch content {
    case .scalar(let text, isPlain: true):
      guard !PlainScalar.isNotFinite(text) else {
        throw position.error("'\(text)' is a number that JSON does not have")
      }
      return value
    case .scalar: return value
    case .sequence(let elements):
      var carried: [YAMLValue] = []
      for element in elements { carried.append(try element.carried()) }
      return .sequence(carried)
    case .mapping(let entries):
      var carried: [YAMLValue.Entry] = []
      for entry in entries {
        guard entry.isUnambiguous else {
          throw entry.position.error(
            "the key '\(entry.key.prefix(40))' is not text for every reader", nextStep: "put it in quotes")
        }
        carried.append(YAMLValue.Entry(entry.key, try entry.value.carried()))
      }
      return .mapping(carried)
    }
  }
}

extension YAMLNode.Entry {
  fileprivate var isUnambiguous: Bool {
    !isPlainKey || PlainScalar.isText(key) || Int(key).map { String($0) == key } == true
  }
}
