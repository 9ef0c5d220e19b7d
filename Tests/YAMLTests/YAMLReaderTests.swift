import Diagnostics
import Testing
import YAML

@Suite struct YAMLReaderTests {
  @Test func everyNodeKnowsWhereItStands() throws {
    let root = try read(
      """
      # a comment
      kind: Set
      list:
        - one
        - name: "two"
          more: [3, 'four']
      """)
    #expect(root.line == 2)
    let entries = try root.entries()
    #expect(entries.map(\.key) == ["kind", "list"])
    #expect(entries.map(\.position.line) == [2, 3])
    let list = try #require(root["list"]).elements()
    #expect(list.map(\.line) == [4, 5])
    let more = try #require(list[1]["more"])
    #expect(more.position.description == "f.yaml:6:11")
    #expect(try more.elements().map { try $0.string() } == ["3", "four"])
    #expect(try #require(list[1]["name"]).position.column == 11)
    #expect(root["none"] == nil)
  }

  @Test func scalarsStayAsTheyAreWritten() throws {
    let root = try read("- 1.10\n- no\n- ~\n- 0x1F\n- '1'\n- \"a\\tb\"\n- |\n  two\n  lines\n- 2001-01-01\n- Ünïcode")
    let texts = try root.elements().map { node in node.isNull ? nil : try node.string() }
    #expect(texts == ["1.10", "no", nil, "0x1F", "1", "a\tb", "two\nlines\n", "2001-01-01", "Ünïcode"])
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3", "f.yaml:3:1: the key 'a' stands twice, first in line 1"),
    ("a:\n  - {b: 1, 'b': 2}", "f.yaml:2:12: the key 'b' stands twice, first in line 2"),
    ("a: &x 1\nb: *x", "f.yaml:1:4: the anchor '&x' is not supported"),
    ("a: &x [1]", "f.yaml:1:4: the anchor '&x' is not supported"),
    ("a: *x", "f.yaml:1:4: the alias '*x' is not supported"),
    ("a: !!str 1", "f.yaml:1:4: the tag 'tag:yaml.org,2002:str' is not supported"),
    ("a:\n- !thing {b: 1}", "f.yaml:2:3: the tag '!thing' is not supported"),
    ("a: ! x", "f.yaml:1:4: the tag '!' is not supported"),
    ("<<: {a: 1}", "f.yaml:1:1: the merge key '<<' is not supported"),
    ("? [a, b]\n: 1", "f.yaml:1:3: a key must be plain text, and this is a list or a mapping"),
    (
      "mirror:\n  a: [1,\n",
      "f.yaml:3:1: did not find expected node content while parsing a flow node"
    ),
    ("a:\n  b: 1\n c: 2", "f.yaml:3:2: did not find expected key while parsing a block mapping that begins in line 1"),
    ("a: b: c", "f.yaml:1:5: mapping values are not allowed in this context"),
    ("\tkey: 1", "f.yaml:1:1: a tab stands where YAML takes only spaces"),
    ("a:\n  b: 1\n\tc: 2", "f.yaml:3:1: a tab stands where YAML takes only spaces"),
    ("a: @b", "f.yaml:1:4: found character that cannot start any token while scanning for the next token"),
    ("ok: é\nx: \u{1}", "f.yaml:2:4: control characters are not allowed"),
    ("a: \"\\uD800\"", "f.yaml:1:7: found invalid Unicode character escape code while parsing a quoted scalar"),
    ("a: 1\n---\nb: 2", "f.yaml:3:1: a second document begins here, and one is wanted"),
    ("", "f.yaml is empty"),
    ("# nothing\n", "f.yaml is empty"),
  ])
  func refusesByNameAndPlace(text: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try read(text) }
    #expect(error?.problem == problem)
    #expect(error?.code == .configuration)
  }

  @Test(arguments: [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF8]] as [[UInt8]])
  func invalidUTF8IsNamedByLine(bytes: [UInt8]) {
    let error = #expect(throws: SealiftError.self) {
      try YAMLReader.document(Array("a: 1\nbé: ".utf8) + bytes, source: "f.yaml")
    }
    #expect(error?.problem.hasPrefix("f.yaml:2:") == true, "\(error?.problem ?? "")")
  }

  @Test func aByteOrderMarkBeforeTheTextIsPassedOver() throws {
    #expect(try read("\u{FEFF}a: 1").entries().map(\.key) == ["a"])
  }

  @Test(arguments: [true, false]) func textOfSixteenBitsIsReadWithAByteOrderMark(isLittle: Bool) throws {
    let units = Array("\u{FEFF}ä: 1\r\nb: \u{1F600}\r\n".utf16)
    let bytes = units.flatMap { unit in
      isLittle ? [UInt8(unit & 0xFF), UInt8(unit >> 8)] : [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    }
    let entries = try YAMLReader.document(bytes, source: "f.yaml").entries()
    #expect(entries.map(\.key) == ["ä", "b"])
    #expect(entries.map(\.position.line) == [1, 2])
    #expect(try entries[1].value.string() == "\u{1F600}")
  }

  @Test(arguments: ["---\n---\na: 1", "a: 1\n---\n", "a: 1\n---\n# nothing\n...\n", "---\n# nothing\n---\n---\na: 1\n"])
  func emptyDocumentsDoNotCount(text: String) throws {
    #expect(try read(text).entries().map(\.key) == ["a"])
  }

  @Test func linesOfWindowsAreLines() throws {
    #expect(try read("a: 1\r\nb: 2\r\n").entries().map(\.position.line) == [1, 2])
  }

  @Test func readsManyDocuments() throws {
    let documents = try YAMLReader.documents(Array("---\na: 1\n---\n- 2\n...\n---\n".utf8), source: "f.yaml")
    #expect(documents.map(\.line) == [2, 4, 7])
    #expect(documents[2].isNull)
    #expect(try YAMLReader.documents([], source: "f.yaml").isEmpty)
  }

  @Test func nestingIsBounded() throws {
    #expect(try depth(of: read(nested(YAMLReader.maxDepth))) == YAMLReader.maxDepth)
    let error = #expect(throws: SealiftError.self) { try read(nested(YAMLReader.maxDepth + 1)) }
    #expect(error?.problem == "f.yaml:1:65: lists and mappings are nested more than 64 deep")
    #expect(throws: SealiftError.self) { try read(String(repeating: "[", count: 1 << 20)) }
    #expect(throws: SealiftError.self) { try read(String(repeating: "- ", count: 1 << 20)) }
    #expect(throws: SealiftError.self) { try read(String(repeating: "{a: ", count: 1 << 20)) }
  }

  @Test func siblingsDoNotNest() throws {
    #expect(try read("[" + String(repeating: "[], {}, ", count: 200) + "]").elements().count == 400)
  }

  @Test func sizeAndNumberAreBounded() throws {
    let large = #expect(throws: SealiftError.self) { try read(String(repeating: " ", count: 8 << 20) + "a") }
    #expect(large?.problem == "f.yaml is larger than 8 MiB")
    let many = #expect(throws: SealiftError.self) { try read("[" + String(repeating: "a,", count: 1_000_000) + "]") }
    #expect(many?.problem == "f.yaml:1:2000000: there are more than 1000000 values")
  }

  @Test func theCallerChoosesTheCode() {
    let error = #expect(throws: SealiftError.self) {
      try YAMLReader.document(Array("a: *b".utf8), source: "catalog", code: .corrupt)
    }
    #expect(error?.code == .corrupt)
  }

  private func read(_ text: String) throws(SealiftError) -> YAMLNode {
    try YAMLReader.document(Array(text.utf8), source: "f.yaml")
  }

  private func nested(_ depth: Int) -> String {
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  private func depth(of node: YAMLNode) throws -> Int {
    guard case .sequence(let elements) = node.content else { return 0 }
    return 1 + (try elements.first.map(depth) ?? 0)
  }
}

struct YAMLDialectTests {
  @Test("Shorthand shares values and takes no key twice")
  func shorthand() throws {
    #expect(try read("a: &x {b: 1}\nc: *x\nd: {<<: *x, e: !!str f}", .shorthand)?["d"]?["b"] == .plain("1"))
    let error = #expect(throws: SealiftError.self) { try read("a: 1\na: 1", .shorthand) }
    #expect(error?.problem.contains("stands twice") == true)
  }

  private func read(_ text: String, _ dialect: YAMLDialect = .lenient) throws -> YAMLValue? {
    try YAMLReader.documents(Array(text.utf8), source: "x.yaml", dialect: dialect).first?.value
  }

  @Test(
    "Aliases, merge keys, standard tags and keys that stand twice are read as go-yaml reads them",
    arguments: [
      ("a: &x {b: 1}\nc: *x", ["a": ["b": .plain("1")], "c": ["b": .plain("1")]]),
      ("a: &x {b: x, c: w}\nd: {<<: *x, b: z}", ["a": ["b": "x", "c": "w"], "d": ["b": "z", "c": "w"]]),
      (
        "a: &x {b: x}\ne: &y {b: w, f: g}\nd: {<<: [*x, *y]}",
        [
          "a": ["b": "x"], "e": ["b": "w", "f": "g"], "d": ["b": "x", "f": "g"],
        ]
      ),
      ("a: b\na: c", ["a": "c"]), ("a: !!str text", ["a": "text"]),
      (
        "a: &x b\nb: &x c\nc: *x",
        [
          "a": "b", "b": "c", "c": "c",
        ]
      ),
    ] as [(String, YAMLValue)])
  func lenient(_ text: String, _ expected: YAMLValue) throws {
    #expect(try read(text) == expected)
  }

  @Test(
    "What would not end, or stands for nothing, is refused",
    arguments: [
      "a: *x", "a: &x [*x]", "--- &x\na\n---\n*x", "a: !!binary b", "<<: text", "<<: [text]",
      "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + (1...9).map { n in
          let inner = n == 1 ? "a" : "a\(n - 1)"
          return "a\(n): &a\(n) [\(Array(repeating: "*\(inner)", count: 10).joined(separator: ", "))]\n"
        }.joined(),
      "a: &a0 []\n" + (1...70).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined(),
    ])
  func refused(_ text: String) {
    #expect(throws: SealiftError.self) { try read(text) }
  }

  @Test("What is not wanted is passed over, whatever its shape")
  func keeps() throws {
    var dialect = YAMLDialect.lenient
    dialect.keeps = { $0.count < 2 || $0[1] == "wanted" }
    let text = "a:\n  - {wanted: 1, other: [{x: [y]}, z]}\n  - {other: {x: {}}, more: text, wanted: [2]}\nb: c"
    #expect(try read(text, dialect) == ["a": [["wanted": .plain("1")], ["wanted": [.plain("2")]]], "b": "c"])
  }
}
