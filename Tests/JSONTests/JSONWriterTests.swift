import JSON
import Testing

@Suite struct JSONWriterTests {
  private func text(_ value: JSONValue) -> String { String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) }

  @Test func writesEveryKindOfValueWithoutSpaces() {
    let value = JSONValue.object([
      .init("list", .array([.null, .boolean(true), .boolean(false), .integer(-5), .number("1e3"), .string("x")])),
      .init("empty", .array([.array([]), .object([])])),
    ])
    #expect(text(value) == #"{"empty":[[],{}],"list":[null,true,false,-5,1e3,"x"]}"#)
  }

  @Test func membersStandInTheByteOrderOfTheirNames() {
    let names = ["b", "a", "B", "", "aa", "é", "e\u{301}z", "z", "😀", "\u{FFFD}", "a/b", "a.b"]
    let written = text(.object(names.map { .init($0, .integer(1)) }))
    let sorted = names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    #expect(written == "{" + sorted.map { "\"\($0)\":1" }.joined(separator: ",") + "}")
  }

  @Test func stringsHaveTheShortestEscapes() {
    #expect(
      text(.string("\"\\/\u{8}\t\n\u{C}\r\0\u{1}\u{1F}\u{7F}é😀\u{2028}")) == #""\"\\/\b\t\n\f\r\u0000\u0001\u001f"#
        + "\u{7F}é😀\u{2028}\"")
  }

  @Test func commasStandBetweenMembersAndElementsOnly() {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("a", "x")
      writer.member("b")
      writer.array(of: [1, 2]) { $0.integer($1) }
      writer.member("c")
      writer.object { _ in }
      writer.member("d", 4)
    }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":"x","b":[1,2],"c":{},"d":4}"#)
  }
}
