/// Writes canonical JSON: UTF-8, no spaces, members in the byte order of their names, the shortest escapes.
///
/// Source: `formats/bundle-v1.md`, "Canonical JSON"; strings are escaped as in RFC 8785, section 3.2.2.2.
public struct JSONWriter {
  /// What has been written.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// Starts an empty document.
  ///
  /// - Parameter capacity: About how many bytes it will have.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// The canonical bytes of a tree.
  public static func bytes(of value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(value)
    return writer.bytes
  }

  /// Writes an object; `members` calls `member(_:)` with names in ascending order.
  public mutating func object(_ members: (inout JSONWriter) -> Void) {
    enclosed(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
  }

  /// Writes an array; `elements` writes the elements.
  public mutating func array(_ elements: (inout JSONWriter) -> Void) {
    enclosed(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
  }

  /// Writes an array with one element for each of `items`.
  public mutating func array<Items: Sequence>(of items: Items, _ element: (inout JSONWriter, Items.Element) -> Void) {
    array { writer in
      for item in items { element(&writer, item) }
    }
  }

  /// Writes the name of a member; its value must follow.
  public mutating func member(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a member that is a string.
  public mutating func member(_ name: String, _ text: String) {
    member(name)
    string(text)
  }

  /// Writes a member that is a whole number.
  public mutating func member(_ name: String, _ number: Int) {
    member(name)
    integer(number)
  }

  /// Writes a member that is true or false.
  public mutating func member(_ name: String, _ flag: Bool) {
    member(name)
    literal(flag ? "true" : "false")
  }

  /// Writes a string.
  public mutating func string(_ text: String) {
    separate()
    quote(text)
  }

  /// Writes a whole number.
  public mutating func integer(_ number: Int) {
    separate()
    bytes += String(number).utf8
  }

  /// Writes a tree.
  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: literal("null")
    case .boolean(let flag): literal(flag ? "true" : "false")
    case .number(let text): literal(text)
    case .string(let text): string(text)
    case .array(let elements): array(of: elements) { $0.value($1) }
    case .object(let members):
      object { writer in
        for member in members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
          writer.member(member.name)
          writer.value(member.value)
        }
      }
    }
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes += text.utf8
  }

  private mutating func enclosed(_ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) -> Void) {
    separate()
    bytes.append(opening)
    needsComma = false
    body(&self)
    bytes.append(closing)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x08: bytes += "\\b".utf8
      case 0x09: bytes += "\\t".utf8
      case 0x0A: bytes += "\\n".utf8
      case 0x0C: bytes += "\\f".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0..<0x20: bytes += "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
