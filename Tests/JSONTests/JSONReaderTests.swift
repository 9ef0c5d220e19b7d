import Diagnostics
import JSON
import TestSupport
import Testing

@Suite struct JSONReaderTests {
  @Test(arguments: [
    ("null", JSONValue.null), (" true ", .boolean(true)), ("\tfalse\r\n", .boolean(false)), ("\"\"", .string("")),
    ("0", .number("0")), ("-0", .number("-0")), ("-12.50e+07", .number("-12.50e+07")), ("1E5", .number("1E5")),
    ("0.1e-2", .number("0.1e-2")), ("9223372036854775808", .number("9223372036854775808")),
    ("[]", .array([])), ("[ ]", .array([])), ("{ }", .object([])), ("[[],{}]", .array([.array([]), .object([])])),
    (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")), (#""\u0041\u00e9\u20AC""#, .string("Aé€")),
    (#""\uD83D\uDE00\ud834\uDD1E""#, .string("😀𝄞")), (#""\u0000""#, .string("\0")),
    ("\"\u{7F}é😀\"", .string("\u{7F}é😀")),
    (#""\uFFFF\uDBFF\uDFFF""#, .string("\u{FFFF}\u{10FFFF}")),
    (
      #"{"a":1,"b":[true,null],"":{"a":"x"}}"#,
      .object([
        .init("a", .number("1")), .init("b", .array([.boolean(true), .null])),
        .init("", .object([.init("a", .string("x"))])),
      ])
    ),
  ])
  func readsWhatTheStandardAllows(text: String, expected: JSONValue) throws {
    #expect(try JSONReader.value(Array(text.utf8), source: "text") == expected)
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined", "'a'", "a",
    "01", "-01", "00", "+1", "-", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "1_000", "--1", "1.2.3", "1 2", "١",
    "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\" 1}", "{a:1}", "{1:1}", "{\"a\":1]", "{,}", "{\"a\":1 \"b\":2}", "{} {}", "[]]", "null,", "1//c", "/*c*/1",
    "\u{FEFF}1",
    "\"", "\"a", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "\"\\u+123\"",
    "\"\\ud800\"", "\"\\ud800x\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\ud800\\n\"",
    "\"\\ud800\\u",
    "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\\n\u{1F}\"", "\u{A0}1", "1\u{B}", "1\0",
  ])
  func refusesWhatTheStandardDoesNotAllow(text: String) {
    let error = #expect(throws: SealiftError.self) { try JSONReader.value(Array(text.utf8), source: "text") }
    #expect(error?.code == .protocol)
    #expect(error?.problem.hasPrefix("text, at byte ") == true)
    #expect(throws: SealiftError.self) {
      try JSONReader.read(Array(text.utf8), source: "text") { (reader) throws(SealiftError) in try reader.skip() }
    }
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
      [0xE2, 0x82],
    ] as [[UInt8]])
  func invalidUTF8IsRefusedWithAndWithoutEscapes(bytes: [UInt8]) {
    let quote = UInt8(ascii: "\"")
    for prefix in ["", "\\n"] {
      let document = [quote] + Array(prefix.utf8) + bytes + [quote]
      let error = #expect(throws: SealiftError.self) { try JSONReader.value(document, source: "text") }
      #expect(error?.problem.contains("not valid UTF-8") == true)
    }
  }

  @Test(arguments: [2, 3, 15, 16, 17, 18, 40, 1000])
  func aNameThatStandsTwiceIsRefused(count: Int) throws {
    let names = (0..<count).map { "n\($0)" }
    func document(_ names: [String]) -> [UInt8] {
      Array(
        ("{\"outer\":[{" + names.map { "\"\($0)\":{\"n0\":1,\"m\":2}" }.joined(separator: ",") + "}],\"n0\":1}").utf8)
    }
    #expect(try JSONReader.value(document(names), source: "text")["outer"]?.elements?.first?.members?.count == count)
    for (first, second) in [(0, count - 1), (count - 2, count - 1), (0, 1)] {
      var twice = names
      twice[second] = names[first]
      let error = #expect(throws: SealiftError.self) { try JSONReader.value(document(twice), source: "text") }
      #expect(error?.problem.contains("the name 'n\(first)' stands twice") == true)
    }
  }

  @Test(arguments: [#"{"a":1,"\u0061":2}"#, "{\"\u{E4}\":1,\"a\u{308}\":2}", "{\"K\":1,\"\u{212A}\":2}"])
  func aNameThatStandsTwiceIsFoundInAnotherSpelling(text: String) {
    #expect(throws: SealiftError.self) { try JSONReader.value(Array(text.utf8), source: "text") }
  }

  @Test func manyNamesAreReadInLinearTime() throws {
    let growth = try Cost.growth(to: 200_000) { count in
      let document = Array(("{" + (0..<count).map { "\"n\($0)\":0" }.joined(separator: ",") + "}").utf8)
      return try Cost.of {
        let value = try JSONReader.value(document, source: "text")
        #expect(value.members?.count == count)
      }
    }
    #expect(growth < Cost.linear)
  }

  @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
  func deepNestingIsRefused(opening: String) {
    let deep = Array(String(repeating: opening, count: 10_000).utf8)
    for read in [
      { try JSONReader.value(deep, source: "text") },
      {
        try JSONReader.read(deep, source: "text") { (reader) throws(SealiftError) in try reader.skip() }; return .null
      },
    ] as [() throws -> JSONValue] {
      let error = #expect(throws: SealiftError.self) { _ = try read() }
      #expect(error?.problem.contains("nested deeper than 64") == true)
    }
  }

  @Test func nestingUpToTheLimitIsRead() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    let limits = JSONLimits(depth: 3)
    _ = try JSONReader.value(nested(3), source: "text", limits: limits)
    // Side by side is not deep.
    _ = try JSONReader.value(Array("[[[]],[[]],{\"a\":[]}]".utf8), source: "text", limits: limits)
    #expect(throws: SealiftError.self) { try JSONReader.value(nested(4), source: "text", limits: limits) }
  }

  @Test(arguments: ["abcd", #"abc\n"#, #"\u00e9cd"#, #"\ud83d\ude00"#])
  func stringsUpToTheLimitAreRead(text: String) throws {
    let document = Array("\"\(text)\"".utf8)
    #expect(try JSONReader.value(document, source: "text", limits: .init(stringBytes: 4)).text?.utf8.count == 4)
    let error = #expect(throws: SealiftError.self) {
      try JSONReader.value(document, source: "text", limits: .init(stringBytes: 3))
    }
    #expect(error?.problem.contains("longer than 3 B") == true)
  }

  @Test func membersAndElementsUpToTheLimitAreRead() throws {
    let limits = JSONLimits(members: 2)
    _ = try JSONReader.value(Array(#"{"a":{"b":0,"c":0},"d":[{"e":0}]}"#.utf8), source: "text", limits: limits)
    for text in [#"{"a":0,"b":0,"c":0}"#, #"[{"a":{"b":0,"c":0,"d":0}}]"#] {
      let error = #expect(throws: SealiftError.self) {
        try JSONReader.value(Array(text.utf8), source: "text", limits: limits)
      }
      #expect(error?.problem.contains("an object has more than 2 members") == true)
    }
    let list = { (text: String) in
      try JSONReader.read(Array(text.utf8), source: "text") { (reader) throws(SealiftError) in
        try reader.list(limit: 2) { (reader) throws(SealiftError) in try reader.integer() }
      }
    }
    #expect(try list("[1,2]") == [1, 2])
    #expect(throws: SealiftError.self) { try list("[1,2,3]") }
  }

  @Test("What is passed over counts by its bytes, and each value as one more", arguments: ["[1,2,3]", #""12345""#])
  func skippedUpToTheLimit(text: String) throws {
    func skip(_ limit: Int) throws {
      try JSONReader.read(Array(text.utf8), source: "text", limits: .init(skippedBytes: limit)) {
        (reader) throws(SealiftError) in try reader.skip()
      }
    }
    let size = text.hasPrefix("[") ? 3 + 4 : 7 + 1
    try skip(size)
    let error = #expect(throws: SealiftError.self) { try skip(size - 1) }
    #expect(error?.problem.contains("too much to be passed over") == true)
  }

  @Test func aNumberOfManyDigitsIsRefused() throws {
    #expect(try JSONReader.value(Array(String(repeating: "1", count: 64).utf8), source: "text").integer == nil)
    #expect(throws: SealiftError.self) {
      try JSONReader.value(Array(String(repeating: "1", count: 65).utf8), source: "text")
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
      ("9223372036854775808", nil), ("1.0", nil), ("1e3", nil), ("\"1\"", nil), ("null", nil),
    ] as [(String, Int?)])
  func integersAreWholeAndFit(text: String, expected: Int?) {
    let integer = try? JSONReader.read(Array(text.utf8), source: "text") { (reader) throws(SealiftError) in
      try reader.integer()
    }
    #expect(integer == expected)
  }

  @Test func anErrorHasTheCodeThatTheCallerGives() {
    let error = #expect(throws: SealiftError.self) {
      try JSONReader.value(Array("[1,x]".utf8), source: "index.json", code: .corrupt)
    }
    #expect(error?.code == .corrupt)
    #expect(error?.problem == "index.json, at byte 3: a value is expected")
  }

  @Test func oneStringIsReadAlikeInBothForms() throws {
    for text in [#""plain é""#, #""esc\u00e9\n""#] {
      let expected = try JSONReader.value(Array(text.utf8), source: "text").text
      let bytes = try JSONReader.read(Array(text.utf8), source: "text") { (reader) throws(SealiftError) in
        try reader.withString { Array($0) }
      }
      #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }
  }
}
