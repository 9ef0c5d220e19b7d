internal import Diagnostics
public import JSON

extension BundleDiff.Amount {
  /// The bytes and the number, for people.
  public var text: String { "\(bytes.asBytes) in \(blobs) \(blobs == 1 ? "blob" : "blobs")" }
}

extension BundleDiff.Change.Fact {
  /// What it was and what it is; of lists, what has come and what has gone.
  public var text: String {
    guard let old = from.elements, let new = to.elements else { return "\(name) \(from.shown) -> \(to.shown)" }
    let gone = old.filter { !new.contains($0) }.map { "-\($0.shown)" }
    let come = new.filter { !old.contains($0) }.map { "+\($0.shown)" }
    return gone.isEmpty && come.isEmpty ? "\(name) in another order" : "\(name) \((gone + come).joined(separator: " "))"
  }
}

extension JSONValue {
  /// The value of a fact, for people.
  public var shown: String {
    switch self {
    case .null: "none"
    case .boolean(let flag): flag ? "yes" : "no"
    case .number(let text), .string(let text): text
    case .array(let elements): elements.map(\.shown).joined(separator: ", ")
    case .object: ""
    }
  }
}
