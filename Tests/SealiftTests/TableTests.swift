import JSON
import Testing

@testable import sealift

@Suite struct TableTests {
  private func sample() -> Table {
    var table = Table([("IMAGE", .left), ("SIZE", .right), ("NOTE", .left)])
    table.add(["registry.example.com/team/application/server:1.2.3", "1.5 GiB", ""])
    table.add(["a\u{1B}b", "7 B", "x"])
    return table
  }

  @Test func alignsItsColumns() {
    #expect(
      sample().text(width: nil) == """
        IMAGE                                                  SIZE  NOTE
        registry.example.com/team/application/server:1.2.3  1.5 GiB
        a\\u{1B}b                                                7 B  x

        """)
  }

  @Test func cutsTheWidestColumnInItsMiddle() {
    #expect(
      sample().text(width: 40)
        == """
        IMAGE                         SIZE  NOTE
        registry.ex...erver:1.2.3  1.5 GiB
        a\\u{1B}b                       7 B  x

        """)
  }

  @Test("One huge text does not make every row as wide") func aHugeCellStandsOut() {
    var table = Table([("IMAGE", .left), ("NOTE", .left)])
    let huge = String(repeating: "a", count: 100_000)
    for name in [huge] + (0..<1000).map({ "image-\($0)" }) { table.add([name, "x"]) }
    let text = table.text(width: nil)
    #expect(text.contains(huge + "  x\n"))
    #expect(text.utf8.count < 1_000_000)
  }

  @Test func jsonLineEscapesWhatCouldSteerATerminal() {
    let value = JSONValue.string("\u{9B}2J\u{202E}é\u{E0041}\u{7F}")
    #expect(jsonLine(value) == "\"\\u009b2J\\u202eé\\udb40\\udc41\\u007f\"\n")
  }
}
