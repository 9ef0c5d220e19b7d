import Diagnostics
import JSON
import TestSupport
import Testing

@Suite struct JSONPropertyTests {
  private let document = Array(
    #"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud83d\ude00é"],"b":{"c":{},"d":[]},"e":"\\\"","f":0}"#.utf8)

  @Test func noBeginningOfADocumentIsADocument() throws {
    _ = try JSONReader.value(document, source: "text")
    for count in 0..<document.count {
      #expect(throws: SealiftError.self, "\(count) bytes") {
        try JSONReader.value(Array(document.prefix(count)), source: "text")
      }
      #expect(throws: SealiftError.self, "\(count) bytes") {
        try JSONReader.read(Array(document.prefix(count)), source: "text") { (reader) throws(SealiftError) in
          try reader.skip()
        }
      }
    }
  }

  @Test func whatIsReadFromRandomBytesCanBeWrittenAndReadAgain() {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]\",:\\u0dD8e1+-. \ntrufalsn\u{7}é".utf8)
    var accepted = 0
    for round in 0..<20_000 {
      var bytes: [UInt8]
      if round.isMultiple(of: 2) {
        let count = Int.random(in: 0...12, using: &generator)
        bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
      } else {
        bytes = document
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8(truncatingIfNeeded: generator.next())
        }
      }
      guard let value = try? JSONReader.value(bytes, source: "text") else { continue }
      accepted += 1
      let again = try? JSONReader.value(JSONWriter.bytes(of: value), source: "text")
      #expect(again == value.canonical, "seed \(seed), round \(round): \(bytes)")
    }
    #expect(accepted > 100, "seed \(seed)")
  }

  @Test func aTreeIsReadAsItWasWritten() throws {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(seed: seed)
    for round in 0..<500 {
      let value = JSONValue.random(depth: 4, using: &generator).canonical
      let bytes = JSONWriter.bytes(of: value)
      #expect(try JSONReader.value(bytes, source: "text") == value, "seed \(seed), round \(round)")
      #expect(JSONWriter.bytes(of: value.shuffled(using: &generator)) == bytes, "seed \(seed), round \(round)")
    }
  }
}

extension JSONValue {
  /// The same value with members in the order in which they are written.
  var canonical: JSONValue {
    switch self {
    case .array(let elements): .array(elements.map(\.canonical))
    case .object(let members):
      .object(
        members.map { Member($0.name, $0.value.canonical) }
          .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    default: self
    }
  }

  fileprivate func shuffled(using generator: inout SeededGenerator) -> JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map { $0.shuffled(using: &generator) })
    case .object(let members):
      return .object(members.map { Member($0.name, $0.value.shuffled(using: &generator)) }.shuffled(using: &generator))
    default: return self
    }
  }

  fileprivate static func random(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    let count = Int.random(in: 0...4, using: &generator)
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &generator) {
    case 0: return .null
    case 1: return .boolean(Bool.random(using: &generator))
    case 2: return .integer(Int.random(in: .min ... .max, using: &generator))
    case 3: return .number("-0.\(UInt8.random(in: 0...255, using: &generator))e+1")
    case 4: return .string(text(using: &generator))
    case 5: return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
    default:
      var names: Set<String> = []
      while names.count < count { names.insert(text(using: &generator)) }
      return .object(names.map { Member($0, random(depth: depth - 1, using: &generator)) })
    }
  }

  private static func text(using generator: inout SeededGenerator) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let limit: UInt32 = [0x20, 0x80, 0x3000, 0x110000].randomElement(using: &generator) ?? 0x80
      let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) ?? "\u{FFFD}"
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
