public import JSON

/// Changes one place of a JSON tree to something that is nearly right.
public struct JSONMutator {
  private var generator: SeededGenerator

  /// - Parameter seed: The same one gives the same changes.
  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A number below another one.
  public mutating func number(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }

  /// The tree with one to three changes.
  public mutating func mutated(_ tree: JSONValue) -> JSONValue {
    let scalars = tree.scalars
    return (0..<Int.random(in: 1...3, using: &generator)).reduce(tree) { tree, _ in changed(tree, scalars) }
  }

  private mutating func changed(_ tree: JSONValue, _ scalars: [JSONValue]) -> JSONValue {
    switch tree {
    case .array(var elements) where !elements.isEmpty:
      let place = number(below: elements.count)
      switch number(below: 8) {
      case 0: elements.remove(at: place)
      case 1: elements.insert(elements[place], at: place)
      case 2: elements.swapAt(place, number(below: elements.count))
      default: elements[place] = changed(elements[place], scalars)
      }
      return .array(elements)
    case .object(var members) where !members.isEmpty:
      let place = number(below: members.count)
      switch number(below: 12) {
      case 0: members.remove(at: place)
      case 1: members.append(.init("extra", scalar(scalars)))
      case 2 where members.count > 1: members[place].value = members[number(below: members.count)].value
      default: members[place].value = changed(members[place].value, scalars)
      }
      return .object(members)
    default: return number(below: 2) == 0 ? near(tree) : scalar(scalars)
    }
  }

  /// A value that differs a little.
  private mutating func near(_ value: JSONValue) -> JSONValue {
    switch value {
    case .number(let text): return .integer((Int(text) ?? 0) &+ (number(below: 2) == 0 ? 1 : -1))
    case .boolean(let flag): return .boolean(!flag)
    case .string(let text) where !text.isEmpty:
      var bytes = Array(text.utf8)
      let place = number(below: bytes.count)
      switch number(below: 4) {
      case 0: bytes.remove(at: place)
      case 1: bytes.insert(bytes[place], at: place)
      default: bytes[place] = Array("0aA-./: \n".utf8)[number(below: 9)]
      }
      return .string(String(decoding: bytes, as: UTF8.self))
    default: return .string("x")
    }
  }

  private mutating func scalar(_ scalars: [JSONValue]) -> JSONValue {
    let odd: [JSONValue] = [
      .null, .string(""), .integer(0), .integer(-1), .integer(.max), .number("1.0"), .array([]), .object([]),
      .boolean(true),
    ]
    return number(below: 2) == 0 || scalars.isEmpty
      ? odd[number(below: odd.count)] : scalars[number(below: scalars.count)]
  }
}

extension JSONValue {
  /// All strings and numbers.
  fileprivate var scalars: [JSONValue] {
    switch self {
    case .array(let elements): elements.flatMap(\.scalars)
    case .object(let members): members.flatMap(\.value.scalars)
    default: [self]
    }
  }
}
