public import Diagnostics

/// Reads one JSON document from front to back, without building a tree: strictly, unless its limits say otherwise.
///
/// A name that stands twice in one object (also where Unicode only counts the two as equal), a control character in a
/// string, invalid UTF-8, a lone surrogate, nesting beyond the limit and anything after the value are errors: two
/// readers of one document must never see two things.
///
/// Source: RFC 8259; the further rules are those of `formats/bundle-v1.md`, "Strict JSON".
public struct JSONReader {
  let bytes: [UInt8]
  private let source: String
  private let code: SealiftError.Code
  let limits: JSONLimits
  var position = 0
  private var depth = 0
  private var skipped = 0
  /// How many members of objects and elements of arrays were met.
  public private(set) var valueCount = 0
  // The names seen in the objects that are open, so that no object needs an array of its own.
  private var names: [String] = []
  /// The first few names that stand twice in one object, in the order in which they were met; only where that is no error.
  public private(set) var repeatedNames: [String] = []
  private var repetitions = 0

  /// Reads a whole document.
  ///
  /// - Parameters:
  ///   - bytes: The document.
  ///   - source: What it is, for messages: `manifest sha256:…`.
  ///   - code: The code of the error for anything that is wrong with it.
  ///   - limits: The bounds.
  ///   - body: Reads the one value.
  public static func read<Value>(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .protocol, limits: JSONLimits = JSONLimits(),
    _ body: (inout JSONReader) throws(SealiftError) -> Value
  ) throws(SealiftError) -> Value {
    var reader = JSONReader(bytes: bytes, source: source, code: code, limits: limits)
    let value = try body(&reader)
    reader.skipSpace()
    guard reader.position == bytes.count else { throw reader.failure("there is something after the end of the value") }
    return value
  }

  /// Reads documents that stand one after the other, each as a tree.
  public static func values(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .protocol, limits: JSONLimits = JSONLimits()
  ) throws(SealiftError) -> [JSONValue] {
    var reader = JSONReader(bytes: bytes, source: source, code: code, limits: limits)
    var values: [JSONValue] = []
    reader.skipSpace()
    while reader.position < bytes.count {
      values.append(try reader.value())
      reader.skipSpace()
    }
    return values
  }

  /// Reads a whole document as a tree.
  public static func value(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .protocol, limits: JSONLimits = JSONLimits()
  ) throws(SealiftError) -> JSONValue {
    try read(bytes, source: source, code: code, limits: limits) { (reader) throws(SealiftError) in try reader.value() }
  }

  private init(bytes: [UInt8], source: String, code: SealiftError.Code, limits: JSONLimits) {
    self.bytes = bytes
    self.source = source
    self.code = code
    self.limits = limits
  }

  /// Reads an object and hands each member's name to `member`, which must read the value.
  public mutating func object(
    _ member: (inout JSONReader, String) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    try open(UInt8(ascii: "{"), "an object")
    let firstName = names.count
    var manyNames: Set<String> = []
    var count = 0
    defer { names.removeLast(names.count - firstName) }
    if take(UInt8(ascii: "}")) { return depth -= 1 }
    repeat {
      skipSpace()
      count += 1
      valueCount += 1
      guard count <= limits.members else { throw failure("an object has more than \(limits.members) members") }
      let name = try string()
      if !isNew(name, since: firstName, &manyNames) { try noteRepeated(name) }
      try expect(UInt8(ascii: ":"), "':'")
      try member(&self, name)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"), "',' or '}'")
    depth -= 1
  }

  /// Reads an array and calls `element` for each element, which must read it.
  public mutating func array(_ element: (inout JSONReader) throws(SealiftError) -> Void) throws(SealiftError) {
    try open(UInt8(ascii: "["), "an array")
    if take(UInt8(ascii: "]")) { return depth -= 1 }
    repeat {
      valueCount += 1
      try element(&self)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"), "',' or ']'")
    depth -= 1
  }

  /// Reads an array of one element after the other into a list.
  ///
  /// - Parameter limit: The greatest number of elements.
  public mutating func list<Element>(
    limit: Int = .max, _ element: (inout JSONReader) throws(SealiftError) -> Element
  ) throws(SealiftError) -> [Element] {
    var elements: [Element] = []
    try array { (reader) throws(SealiftError) in
      guard elements.count < limit else { throw reader.failure("a list has more than \(limit) elements") }
      elements.append(try element(&reader))
    }
    return elements
  }

  /// Reads a string.
  public mutating func string() throws(SealiftError) -> String {
    let range = try stringRange()
    guard let end = range.plainEnd else { return try escapedString(from: range.start) }
    return try text(bytes.span.extracting(range.start..<end))
  }

  /// Reads a string and hands its UTF-8 bytes to `body`, without making a `String` where it has no escapes.
  public mutating func withString<Value>(
    _ body: (UnsafeRawBufferPointer) throws(SealiftError) -> Value
  ) throws(SealiftError) -> Value {
    let range = try stringRange()
    guard let end = range.plainEnd else {
      let text = [UInt8](try escapedString(from: range.start).utf8)
      return try text.span.bytes.withUnsafeBytes(body)
    }
    let plain = bytes.span.extracting(range.start..<end)
    if range.isASCII { return try plain.bytes.withUnsafeBytes(body) }
    return try [UInt8](try text(plain).utf8).span.bytes.withUnsafeBytes(body)
  }

  /// Reads a whole number that fits into 64 bits.
  public mutating func integer() throws(SealiftError) -> Int {
    let range = try numberRange()
    guard let value = wholeNumber(in: range) else {
      throw failure("\(String(decoding: bytes[range], as: UTF8.self)) is not a whole number of 64 bits")
    }
    return value
  }

  /// Reads `true` or `false`.
  public mutating func boolean() throws(SealiftError) -> Bool {
    skipSpace()
    if takeWord("true") { return true }
    if takeWord("false") { return false }
    throw failure("true or false is expected")
  }

  /// Reads `null`, if it stands here.
  public mutating func takeNull() -> Bool {
    skipSpace()
    return takeWord("null")
  }

  /// Passes over one value, which is checked all the same.
  public mutating func skip() throws(SealiftError) {
    switch peek() {
    case UInt8(ascii: "{"): try object { (reader, _) throws(SealiftError) in try reader.skip() }
    case UInt8(ascii: "["): try array { (reader) throws(SealiftError) in try reader.skip() }
    default:
      let start = position
      try skipScalar()
      skipped += position - start
    }
    skipped += 1
    guard skipped <= limits.skippedBytes else { throw failure("what is not known is too much to be passed over") }
  }

  private mutating func skipScalar() throws(SealiftError) {
    switch peek() {
    case UInt8(ascii: "\""): try withString { _ in }
    case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
    case UInt8(ascii: "n"): if !takeNull() { throw failure("a value is expected") }
    default: _ = try numberRange()
    }
  }

  /// Reads any value as a tree.
  public mutating func value() throws(SealiftError) -> JSONValue {
    switch peek() {
    case UInt8(ascii: "{"):
      let before = repetitions
      var members: [JSONValue.Member] = []
      try object { (reader, name) throws(SealiftError) in members.append(.init(name, try reader.value())) }
      return .object(repetitions == before ? members : members.lastOfEachName)
    case UInt8(ascii: "["): return .array(try list { (reader) throws(SealiftError) in try reader.value() })
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean(try boolean())
    case UInt8(ascii: "n"):
      guard takeNull() else { throw failure("a value is expected") }
      return .null
    default: return .number(try number())
    }
  }

  /// An error at this place of the document.
  public func failure(_ problem: String) -> SealiftError {
    SealiftError(
      code, "\(source), at byte \(position): \(problem)",
      nextStep: code == .corrupt ? "get a fresh copy of it" : "look at what the source sent")
  }
}

extension JSONReader {
  private mutating func peek() -> UInt8 {
    skipSpace()
    return position < bytes.count ? bytes[position] : 0
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte, position < bytes.count else { return false }
    position += 1
    return true
  }

  mutating func expect(_ byte: UInt8, _ name: String) throws(SealiftError) {
    guard take(byte) else { throw failure("\(name) is expected") }
  }

  private mutating func open(_ byte: UInt8, _ name: String) throws(SealiftError) {
    try expect(byte, name)
    guard depth < limits.depth else { throw failure("values are nested deeper than \(limits.depth)") }
    depth += 1
  }

  mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
    position += count
    return true
  }

  // A short list is compared one by one; past that a set keeps hostile objects from costing a square.
  private mutating func isNew(_ name: String, since first: Int, _ many: inout Set<String>) -> Bool {
    let shortList = 16
    if names.count - first < shortList {
      for index in first..<names.count where names[index] == name { return false }
      names.append(name)
      return true
    }
    if many.isEmpty { many = Set(names[first...]) }
    return many.insert(name).inserted
  }

  private mutating func noteRepeated(_ name: String) throws(SealiftError) {
    guard limits.isLenient else { throw failure("the name '\(name)' stands twice") }
    repetitions += 1
    if repeatedNames.count < 8 { repeatedNames.append(name) }
  }

  private mutating func number() throws(SealiftError) -> String {
    let range = try numberRange()
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// A number as `Int` holds it; `nil` for a fraction, an exponent, or one that does not fit.
  private func wholeNumber(in range: Range<Int>) -> Int? {
    var digits = bytes[range]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    var value = 0
    for byte in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      let digit = Int(byte - UInt8(ascii: "0"))
      let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOver) =
        isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if isTooLarge || isOver { return nil }
      value = sum
    }
    return value
  }

  private mutating func numberRange() throws(SealiftError) -> Range<Int> {
    skipSpace()
    let start = position
    _ = takeByte { $0 == UInt8(ascii: "-") }
    let integerStart = position
    takeDigits()
    let hasLeadingZero = position - integerStart > 1 && bytes[integerStart] == UInt8(ascii: "0")
    guard position > integerStart, !hasLeadingZero else { throw failure("a value is expected") }
    if takeByte({ $0 == UInt8(ascii: ".") }) { try requireDigits() }
    if takeByte({ $0 | 0x20 == UInt8(ascii: "e") }) {
      _ = takeByte { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
      try requireDigits()
    }
    guard position - start <= 64 || limits.isLenient else { throw failure("a number is longer than 64 digits") }
    return start..<position
  }

  private mutating func takeByte(_ matches: (UInt8) -> Bool) -> Bool {
    guard position < bytes.count, matches(bytes[position]) else { return false }
    position += 1
    return true
  }

  private mutating func takeDigits() {
    while takeByte({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {}
  }

  private mutating func requireDigits() throws(SealiftError) {
    let start = position
    takeDigits()
    guard position > start else { throw failure("a number lacks digits") }
  }
}

extension [JSONValue.Member] {
  /// Of members with one name the last, at the place of the first.
  fileprivate var lastOfEachName: [JSONValue.Member] {
    var places: [String: Int] = [:]
    var members: [JSONValue.Member] = []
    for member in self {
      if let place = places.updateValue(members.count, forKey: member.name) {
        places[member.name] = place
        members[place] = member
      } else {
        members.append(member)
      }
    }
    return members
  }
}
