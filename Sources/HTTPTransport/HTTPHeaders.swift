/// Header fields in the order in which they stand; names are compared without regard to case.
///
/// Source: RFC 9110, section 5.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  private var fields: [(name: String, value: String)] = []

  /// Starts without fields.
  public init() {}

  /// Makes the fields of a literal.
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { ($0.0, $0.1) }
  }

  /// The first value of a field.
  public subscript(name: String) -> String? { all(name).first }

  /// All values of a field.
  public func all(_ name: String) -> [String] {
    let name = name.lowercased()
    return fields.filter { $0.name.lowercased() == name }.map(\.value)
  }

  /// Adds a field.
  public mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

  mutating func removeAll() { fields.removeAll() }

  /// The fields as lines, `name: value`.
  var lines: [String] { fields.map { "\($0.name): \($0.value)" } }
}
