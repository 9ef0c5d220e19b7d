import Diagnostics
import TestSupport
import Testing
import YAML

@Suite struct YAMLWriterTests {
  @Test func writesWhatKubernetesToolsWrite() {
    let value: YAMLValue = [
      "kind": "ConfigMap",
      "apiVersion": "v1",
      "metadata": ["name": "a", "labels": ["z": "", "b": "true"]],
      "list": ["x: y", ["b": "1", "a": .integer(2)], [["deep"]], .sequence([]), .mapping([])],
      "text": "one\n two\n",
      "open": "one\ntwo",
    ]
    #expect(
      written(value) == """
        apiVersion: v1
        kind: ConfigMap
        list:
        - 'x: y'
        - a: 2
          b: "1"
        - - - deep
        - []
        - {}
        metadata:
          labels:
            b: "true"
            z: ""
          name: a
        open: |-
          one
          two
        text: |
          one
           two

        """)
  }

  @Test(arguments: [
    "", "~", "null", "NULL", "true", "False", "no", "Yes", "y", "N", "on", "OFF", "1", "-1", "+1", "007", "0o7",
    "1_000",
    "0x10", "0XfF", "0b11", "-0b1", "4.18", "1.", ".5", "-.5", "1e3", "1E-3", "6.02e+23", ".inf", "-.Inf", "+.INF",
    ".nan", ".NaN", "190:20:30", "1:30.5", "2024-01-01", "2024-1-1", "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43", "=", "<<", "\t", "a\tb", "a\u{0}b", "\u{7F}", "\u{85}", "a\u{2028}b", "\u{FEFF}a", "\r\n",
    " \n", "\n", "a\n\n", " a\nb", "a\r\nb",
  ])
  func quotesTextThatSomeReaderTakesForOtherThanText(text: String) throws {
    #expect(written(.string(text)).hasPrefix("\""))
    #expect(try read(.string(text)) == .string(text))
  }

  @Test(arguments: [
    "4.18.1", "v1", "nope", "yes!", "e3", "0x", "0xg", "0b2", "1.2.3", "1-2", "-", "--", ".", "+", "..", "1e", "_1",
    "2024-01",
    "2024-01-01x", "sha256-abc", "10.0.0.1/24", "12:345", "quay.io/a/b@sha256:00", "registry:5000/a", "Ünïcode", "日本",
    "a'b", "a\"b", "x # y", "/", "1 2",
  ])
  func leavesOtherTextWithoutDoubleQuotes(text: String) throws {
    #expect(!written(.string(text)).hasPrefix("\""))
    #expect(try read(.string(text)) == .string(text))
  }

  @Test(arguments: ["4.18", "0x10", "true", "~", "", "2024-01-01", "1_0", "yes"])
  func keepsPlainScalarsAsTheyAreWritten(text: String) throws {
    #expect(written(["k": .plain(text)]) == (text.isEmpty ? "k:\n" : "k: \(text)\n"))
    #expect(try read(["k": .plain(text)]) == ["k": .plain(text)])
  }

  @Test func neverFoldsALine() {
    let long = Array(repeating: "word", count: 500).joined(separator: " ")
    #expect(written(["k": .string(long), "l": .string(long + ": x")]) == "k: \(long)\nl: '\(long): x'\n")
  }

  @Test func sortsKeysByTheirBytes() throws {
    let keys = ["b", "B", "ab", "a", "a.b", "ä", "1", ""]
    let value = YAMLValue.mapping(keys.map { .init($0, "x") })
    #expect(try read(value).entries?.map(\.key) == ["", "1", "B", "a", "a.b", "ab", "b", "ä"])
    #expect(value.sorted.entries?.map(\.key) == ["", "1", "B", "a", "a.b", "ab", "b", "ä"])
  }

  @Test(arguments: 0..<200) func readsBackWhatItWrote(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value: YAMLValue = ["k": RandomYAML.value(using: &random, depth: 5)]
    #expect(try read(value) == value.sorted)
    #expect(YAMLWriter.bytes(of: try read(value)) == YAMLWriter.bytes(of: value))
  }

  @Test func writesTextAlone() throws {
    for text in RandomYAML.awkward { #expect(try read(.string(text)) == .string(text)) }
  }

  @Test(.enabled(if: RandomYAML.hasPython, "python3-yaml is not installed")) func anotherReaderReadsTheSameText() throws
  {
    var random = SeededGenerator(seed: 7)
    let texts = RandomYAML.awkward + (0..<2000).map { _ in RandomYAML.text(using: &random) }
    let value = YAMLValue.sequence(texts.map { ["k": .string($0), "l": .mapping([.init($0, .string($0))])] })
    let script = """
      import sys, yaml
      for each in yaml.safe_load(sys.stdin.buffer.read()):
          (key, text), = each["l"].items()
          assert key == text == each["k"], each
          print(text.encode().hex())
      """
    let result = try runTool("python3", ["-c", script], input: written(value))
    #expect(result.errors == "")
    let hex = texts.map { $0.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    #expect(result.output == hex.map { $0 + "\n" }.joined())
  }

  private func written(_ value: YAMLValue) -> String {
    String(decoding: YAMLWriter.bytes(of: value), as: UTF8.self)
  }

  private func read(_ value: YAMLValue) throws -> YAMLValue {
    try YAMLReader.document(YAMLWriter.bytes(of: value), source: "written.yaml").value
  }
}

/// Values that are hard to write.
private enum RandomYAML {
  static let hasPython = (try? runTool("python3", ["-c", "import yaml"]).status) == 0

  static let awkward = [
    "", " ", "a ", "\n", "\n\n", "a\n", "a\n\n", "a\nb\n", " a\nb", "a\n b", "a \nb", "- a", "a: b", "a:", ":a", "#",
    "a #b",
    "? a", "| a", "> a", "&a", "*a", "!a", "%a", "@a", "`a", "'", "\"", "---", "...", "--- a", "[", "]", "{}", ",",
    "\\",
    "\u{0}", "\u{1B}[0m", "\u{7F}", "\u{85}", "\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{1F600}", "e\u{301}",
    "\r", "\r\n", "a\rb\n", "\ta", "a\t\nb", "a\n---\nb", "a\n...\n", "a\n# b", "true", "1", "1e3", "\u{FFFD}",
    "\u{FFFF}",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  ]

  static func text(using random: inout SeededGenerator) -> String {
    let pieces = awkward + ["a", "b", "0", "1", ".", "_", "-", ":", " ", "x y", "é"]
    return (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
  }

  static func value(using random: inout SeededGenerator, depth: Int) -> YAMLValue {
    let count = Int.random(in: 0...4, using: &random)
    switch depth == 0 ? Int.random(in: 0...3, using: &random) : Int.random(in: 0...7, using: &random) {
    case 0: return .plain(["1", "4.18", "true", "~", "", "0x1F", "2024-01-01"].randomElement(using: &random) ?? "1")
    case 1...3: return .string(text(using: &random))
    case 4...5: return .sequence((0..<count).map { _ in value(using: &random, depth: depth - 1) })
    default:
      var keys: Set<String> = []
      let entries = (0..<count).compactMap { _ -> YAMLValue.Entry? in
        let key = text(using: &random)
        guard keys.insert(key).inserted else { return nil }
        return .init(key, value(using: &random, depth: depth - 1))
      }
      return .mapping(entries)
    }
  }
}
