internal import Diagnostics
internal import JSON

/// Walks through a JSON value in memory and passes quickly over what nobody asks for.
///
/// For documents whose strings and brackets `JSONDocumentScanner` has checked. What it passes over it does not look at,
/// so what is read with it alone must not be handed on as a document.
struct JSONCursor {
  /// A string as it stands between its quotes.
  struct Text {
    fileprivate let bytes: UnsafeRawBufferPointer
    fileprivate let hasEscapes: Bool

    /// Whether this is `name`, but for the case of ASCII letters: Go reads the fields of a document so.
    func isField(_ name: StaticString) -> Bool {
      if hasEscapes {
        guard let text = try? decoded(in: DocumentPlace(file: "", offset: nil)) else { return false }
        return text.utf8.lazy.map(\.lowercased).elementsEqual(Self.bytes(of: name).lazy.map(\.lowercased))
      }
      guard bytes.count == name.utf8CodeUnitCount else { return false }
      return bytes.lazy.map(\.lowercased).elementsEqual(Self.bytes(of: name).lazy.map(\.lowercased))
    }

    /// Whether this is exactly `text`.
    func equals(_ text: StaticString) -> Bool {
      !hasEscapes && bytes.elementsEqual(Self.bytes(of: text))
    }

    /// The string.
    func decoded(in place: DocumentPlace) throws(SealiftError) -> String {
      if !hasEscapes { return String(decoding: bytes, as: UTF8.self) }
      let quoted = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
      return try JSONReader.read(quoted, source: place.file, code: .corrupt, limits: CatalogLimits.json) {
        (reader) throws(SealiftError) in try reader.string()
      }
    }

    private static func bytes(of text: StaticString) -> UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
  }

  private let bytes: UnsafeRawBufferPointer
  private let end: Int
  private let place: DocumentPlace
  /// Where the cursor stands, in bytes from the start of the document.
  private(set) var position: Int

  /// - Parameters:
  ///   - bytes: The document, which must live as long as this.
  ///   - range: The part to read.
  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ place: DocumentPlace) {
    self.bytes = bytes
    end = range.upperBound
    position = range.lowerBound
    self.place = place
  }

  /// An error at this place of the document.
  func flaw(_ problem: String) -> SealiftError { place.flaw(problem, at: position) }

  /// Reads an object, or `null` as one that is empty; `member` must read or skip the value.
  mutating func object(_ member: (inout JSONCursor, Text) throws(SealiftError) -> Void) throws(SealiftError) {
    if takeNull() { return }
    guard take(UInt8(ascii: "{")) else { throw flaw("an object is expected") }
    if take(UInt8(ascii: "}")) { return }
    repeat {
      let name = try text()
      guard take(UInt8(ascii: ":")) else { throw flaw("':' is expected") }
      try member(&self, name)
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw flaw("',' or '}' is expected") }
  }

  /// Reads an array, or `null` as one that is empty; `element` must read or skip each element.
  mutating func array(_ element: (inout JSONCursor) throws(SealiftError) -> Void) throws(SealiftError) {
    if takeNull() { return }
    guard take(UInt8(ascii: "[")) else { throw flaw("a list is expected") }
    if take(UInt8(ascii: "]")) { return }
    repeat { try element(&self) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw flaw("',' or ']' is expected") }
  }

  /// Reads the fields of an object that have one of `names`, passing over all others; a field that stands twice is read
  /// twice, so that the last one counts.
  mutating func fields(
    _ names: [StaticString], _ field: (inout JSONCursor, Int) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    try object { (cursor, name) throws(SealiftError) in
      guard let index = names.firstIndex(where: name.isField) else {
        try cursor.skip()
        return
      }
      try field(&cursor, index)
    }
  }

  /// Reads a string, or `null` as one that is empty.
  mutating func string() throws(SealiftError) -> String {
    if takeNull() { return "" }
    return try text().decoded(in: place)
  }

  /// Reads a string without making one.
  mutating func text() throws(SealiftError) -> Text {
    guard take(UInt8(ascii: "\"")) else { throw flaw("a string is expected") }
    let start = position
    let hasEscapes = try passString()
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1])
    return Text(bytes: text, hasEscapes: hasEscapes)
  }

  /// Passes over one value and returns where it lies.
  @discardableResult
  mutating func skip() throws(SealiftError) -> Range<Int> {
    skipSpace()
    let start = position
    guard position < end else { throw flaw("a value is expected") }
    switch byte {
    case UInt8(ascii: "\""):
      position += 1
      _ = try passString()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try passBrackets()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      while position < end, isScalar(byte) { position += 1 }
    default: throw flaw("a value is expected")
    }
    return start..<position
  }

  private mutating func passBrackets() throws(SealiftError) {
    var depth = 0
    while position < end {
      switch byte {
      case UInt8(ascii: " "): position = ByteScan.endOfSpaces(bytes, from: position, to: end)
      case UInt8(ascii: "\""):
        position += 1
        _ = try passString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
        if depth == 0 { return }
      default: position += 1
      }
    }
    throw flaw("a value has no end")
  }

  /// Passes over the rest of a string and its quote; returns whether it has escapes.
  private mutating func passString() throws(SealiftError) -> Bool {
    var hasEscapes = false
    while true {
      position = ByteScan.endOfPlainText(bytes, from: position, to: end)
      guard position < end else { throw flaw("a string has no end") }
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return hasEscapes
      case UInt8(ascii: "\\"):
        hasEscapes = true
        position += 2
        guard position < end else { throw flaw("a string has no end") }
      default: throw flaw("a control character stands in a string")
      }
    }
  }

  private var byte: UInt8 { bytes[position] }

  private mutating func skipSpace() {
    while position < end, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 }
  }

  private mutating func take(_ wanted: UInt8) -> Bool {
    skipSpace()
    guard position < end, byte == wanted else { return false }
    position += 1
    return true
  }

  private mutating func takeNull() -> Bool {
    skipSpace()
    guard position + 4 <= end, byte == UInt8(ascii: "n") else { return false }
    guard bytes[position..<position + 4].elementsEqual("null".utf8) else { return false }
    position += 4
    return true
  }

  private func isScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"): true
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): true
    default: false
    }
  }
}

extension UInt8 {
  fileprivate var lowercased: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
  }
}
