import SystemIO
import TestSupport
import Testing

@testable import Auditing

/// The lines that two texts differ in.
@Suite struct LineDiffTests {
  @Test func whatIsTheSameHasNoLines() {
    #expect(LineDiff("a\nb\n", "a\nb\n").hunks() == [])
    #expect(LineDiff("", "").hunks() == [])
  }

  @Test func aLineThatDiffersIsShownAmongThoseAroundIt() {
    let old = (1...20).map { "line \($0)\n" }.joined()
    let hunks = LineDiff(old, old.replacing("line 10\n", with: "line ten\n")).hunks(context: 1)
    #expect(hunks == ["@@ -9,3 +9,3 @@", " line 9", "-line 10", "+line ten", " line 11"])
    #expect(LineDiff("", "a\n").hunks() == ["@@ -0,0 +1 @@", "+a"])
    #expect(LineDiff("a\n", "").hunks() == ["@@ -1 +0,0 @@", "-a"])
  }

  /// Another program's `patch` makes the second text of the first by what is shown.
  @Test(.enabled(if: hasTool("patch"), "patch is not installed"), arguments: 0..<40)
  func anotherProgramMakesTheSecondTextOfTheFirst(seed: UInt64) throws {
    var dice = SeededGenerator(seed: seed)
    let old = (0..<Int.random(in: 1...60, using: &dice)).map { _ in "\(Int.random(in: 0...9, using: &dice))" }
    var new = old
    for _ in 0..<Int.random(in: 1...20, using: &dice) {
      let place = Int.random(in: 0...new.count, using: &dice)
      if Bool.random(using: &dice), place < new.count {
        new.remove(at: place)
      } else {
        new.insert("\(Int.random(in: 0...9, using: &dice))", at: place)
      }
    }
    let texts = [old, new].map { $0.map { $0 + "\n" }.joined() }
    let hunks = LineDiff(texts[0], texts[1]).hunks(context: Int.random(in: 0...3, using: &dice))
    let directory = try TemporaryDirectory()
    try FileSystem.write(Array(texts[0].utf8), to: directory("text"))
    let patch = ["--- text", "+++ text"] + hunks
    let result = try runTool(
      "patch", ["--quiet", directory("text")], input: hunks.isEmpty ? "" : patch.map { $0 + "\n" }.joined())
    #expect(result.status == 0, "\(result.output)")
    // patch removes a file that becomes empty.
    let made = FileSystem.exists(directory("text")) ? try FileSystem.read(directory("text"), limit: 1 << 20) : []
    #expect(String(decoding: made, as: UTF8.self) == texts[1])
  }

  @Test func textsWithNothingInCommonAreReplaced() {
    let old = (0..<3000).map { "old \($0)\n" }.joined()
    let new = (0..<3000).map { "new \($0)\n" }.joined()
    let hunks = LineDiff("same\n" + old, "same\n" + new).hunks()
    #expect(hunks.count == 1 + 1 + 6000)
    #expect(hunks.count { $0.hasPrefix("-") } == 3000)
  }
}
