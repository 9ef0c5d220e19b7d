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
    let name = Array(name.utf8)
    return fields.filter { field in
      field.name.utf8.count == name.count && zip(field.name.utf8, name).allSatisfy { $0.lowercased == $1.lowercased }
    }.map(\.value)
  }

  /// Adds a field.
  public mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

  mutating func removeAll() { fields.removeAll() }

  /// The fields as lines, `name: value`.
  var lines: [String] { fields.map { "\($0.name): \($0.value)" } }
}

extension UInt8 {
  /// The lower-case form of an ASCII letter.
  fileprivate var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
}
