import Diagnostics
import TOML
import Testing

struct TOMLReaderTests {
  private func read(_ text: String) throws(SealiftError) -> TOMLNode {
    try TOMLReader.table(Array(text.utf8), source: "f.conf")
  }

  @Test("Tables, arrays of tables, keys and values are read as they are written")
  func reads() throws {
    let root = try read(
      #"""
      \#u{FEFF}# a comment
      list = [ "a", 'b\n', # one
        """\
         c\u00E4
      """,
      ]\#r
      "quoted key" = true   # yes
      a.b . c = -1.5e3
      date = 1979-05-27T07:32:00Z
      inline = { x = 1, y = { z = 'w' } }
      [[registry]]
      prefix = "one"
      [[registry.mirror]]
      location = "m1"
      [[registry.mirror]]
      location = "m2"
      [[registry]]
      [registry.inner]
      x = false
      [a.d]
      e = ''
      """#)
    #expect(try root["list"]?.elements().map { try $0.string() } == ["a", "b\\n", "cä\n"])
    #expect(try root["quoted key"]?.bool() == true)
    #expect(root["a"]?["b"]?["c"]?.content == .other("-1.5e3"))
    #expect(root["date"]?.content == .other("1979-05-27T07:32:00Z"))
    #expect(try root["inline"]?["y"]?["z"]?.string() == "w")
    let registries = try #require(root["registry"]).elements()
    #expect(registries.map(\.line) == [11, 17])
    #expect(try registries[0]["mirror"]?.elements().compactMap { try $0["location"]?.string() } == ["m1", "m2"])
    #expect(try registries[1]["inner"]?["x"]?.bool() == false)
    #expect(try root["a"]?["d"]?["e"]?.string() == "")
    #expect(root["none"] == nil)
  }

  @Test(
    "What is no TOML is named with its line",
    arguments: [
      ("a = b", "1: a value is wanted here, and this is 'b': text stands in quotes"),
      ("\na 1", "2: '=' is missing after a key"), ("a = 1 b = 2", "1: 'b' stands behind what a line can have"),
      ("a = 1\na = 2", "2: 'a' stands twice"), ("[a]\n[a]", "2: 'a' stands twice"),
      ("a = 1\n[a.b]", "2: 'a' is no table"), ("[[a]]\n[a]", "2: 'a' stands twice"),
      ("a = [1, 2", "1: ',' or ']' is missing in an array"), ("a = [", "1: ']' is missing at the end of an array"),
      ("[a", "1: ']' is missing after the name of a table"), ("[[a]", "1: ']]' is missing after the name of a table"),
      ("a = \"x", "1: the end of a text, \", is missing, or a control character stands in it"),
      ("a = \"x\ny\"", "1: the end of a text, \", is missing, or a control character stands in it"),
      ("a = \"\\q\"", "1: '\\q' is no escape"), ("a = \"\\uD800\"", "1: '\\uD800' is no character"),
      ("a = {b = 1", "1: ',' or '}' is missing in an inline table"),
      ("= 1", "1: a key is wanted here, and this is '='"),
      ("a.b = 1\na.b.c = 2", "2: 'b' is no table"), ("a = {b = 1, b = 2}", "1: 'b' stands twice"),
    ])
  func refuses(_ text: String, _ problem: String) throws {
    let error = try #require(throws: SealiftError.self) { try read(text) }
    #expect(error.problem == "f.conf:\(problem)")
    #expect(error.code == .configuration)
  }

  @Test func isBounded() throws {
    #expect(throws: SealiftError.self) { try read("a = " + String(repeating: "[", count: 1 << 19)) }
    #expect(throws: SealiftError.self) { try read(String(repeating: "a.", count: 1 << 18) + "a = 1") }
    #expect(throws: SealiftError.self) { try read(String(repeating: "#", count: TOMLReader.maxBytes + 1)) }
    #expect(throws: SealiftError.self) { try TOMLReader.table([0x61, 0xFF], source: "f.conf") }
    #expect(try read("a = " + String(repeating: "[", count: 30) + String(repeating: "]", count: 30))["a"] != nil)
  }

  @Test func wrongShapesAreNamed() throws {
    let root = try read("a = 1\nb = 'true'\nc = []")
    let problems = [
      #expect(throws: SealiftError.self) { try root["a"]?.string() },
      #expect(throws: SealiftError.self) { try root["b"]?.bool() },
      #expect(throws: SealiftError.self) { try root["c"]?.entries() },
    ].map { $0?.problem ?? "" }
    #expect(
      problems == [
        "f.conf:1: text in quotes is wanted here, and this is 1",
        "f.conf:2: true or false, without quotes, is wanted here, and this is 'true'",
        "f.conf:3: a table is wanted here, and this is an array",
      ])
  }
}
