import SystemIO
import TestSupport
import Testing

@Suite struct ExitCodesTests {
  private struct Row: Hashable, CustomStringConvertible {
    let code: Int
    let name: String
    var description: String { "\(code) \(name)" }
  }

  @Test func tableHasEveryCodeOfTheSourceAndNoOther() throws {
    let documented = try rows(of: "formats/exit-codes.md") { line in
      let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
      guard cells.count == 5, let code = Int(cells[0]), cells[1] != "–" else { return nil }
      return Row(code: code, name: cells[1])
    }
    let declared = try rows(of: "Sources/Diagnostics/SealiftError.swift") { line in
      let words = line.split { " `()".contains($0) }
      guard words.count == 8, words[1...2] == ["static", "let"], words[6] == "rawValue:" else { return nil }
      return Int(words[7]).map { Row(code: $0, name: String(words[3])) }
    }
    #expect(declared.count > 10)
    #expect(documented == declared)
  }

  @Test(arguments: [0, 1, 130, 143]) func tableHasTheCodesThatAreNoErrors(code: Int) throws {
    let text = try read("formats/exit-codes.md")
    #expect(text.contains("\n| \(code) | – |"))
  }

  private func rows(of path: String, _ row: (Substring) -> Row?) throws -> Set<Row> {
    Set(try read(path).split(separator: "\n").compactMap(row))
  }

  private func read(_ path: String) throws -> String {
    String(decoding: try FileSystem.read(Repository.path(path), limit: 1 << 20), as: UTF8.self)
  }
}
