import Diagnostics
import Testing

@testable import sealift

@Suite struct ProgressDisplayTests {
  @Test func drawsTheBarAgainAndAgainAndKeepsMessagesAboveIt() {
    var display = ProgressDisplay(.bar)
    display.take(.phase(.fill, bytes: 1000, items: 2), now: 0)
    let first = display.frame(now: 0.1, width: 80)
    #expect(first == "packing    0%  [------------------------------]  0 B / 1000 B  0/2 blobs")
    display.take(.advanced(bytes: 500), now: 0.2)
    display.take(.warning("the tag\u{1B}[2J moved"), now: 0.2)
    let second = display.frame(now: 1, width: 80)
    #expect(second.hasPrefix("\r\u{1B}[Kwarning: the tag\\u{1B}[2J moved\npacking   50%  ["))
    #expect(!second.hasSuffix("\n"))
    display.take(.advanced(bytes: 500), now: 2)
    #expect(display.end(now: 2, isComplete: true) == "\r\u{1B}[Kpacking: done, 1000 B in 0:02, 500 B/s\n")
  }

  @Test func printsALineEveryFiveSecondsAndAtTheEndOfAPhase() {
    var display = ProgressDisplay(.lines)
    display.take(.phase(.prove, bytes: 4096, items: 0), now: 0)
    var lines: [String] = []
    for second in 1...12 {
      display.take(.advanced(bytes: 100), now: Double(second))
      lines.append(display.frame(now: Double(second), width: 80))
    }
    #expect(
      lines.filter { !$0.isEmpty } == [
        "proving: 500 B of 4 KiB (12%), 100 B/s, 0:36 left\n", "proving: 1000 B of 4 KiB (24%), 100 B/s, 0:31 left\n",
      ])
    display.take(.phase(.publish, bytes: 0, items: 0), now: 12)
    #expect(display.frame(now: 12, width: 80) == "proving: done, 1.2 KiB in 0:12, 100 B/s\n")
    #expect(display.end(now: 13, isComplete: true) == "")
  }

  @Test func saysNothingOfDoneWhereItFailed() {
    var display = ProgressDisplay(.lines)
    display.take(.phase(.prove, bytes: 4096, items: 0), now: 0)
    display.take(.advanced(bytes: 100), now: 1)
    #expect(display.end(now: 1, isComplete: false) == "")
  }

  @Test(arguments: [ProgressDisplay.Style.bar, .lines]) func quietShowsWarningsOnly(style: ProgressDisplay.Style) {
    var display = ProgressDisplay(style, isQuiet: true)
    display.take(.phase(.fill, bytes: 100, items: 1), now: 0)
    display.take(.note("a note"), now: 0)
    display.take(.warning("a warning"), now: 0)
    display.take(.finished(item: "x", outcome: .moved), now: 0)
    display.take(.advanced(bytes: 100), now: 1)
    #expect(display.frame(now: 10, width: 80) == "warning: a warning\n")
    #expect(display.end(now: 20, isComplete: true) == "")
  }

  @Test func tellsProgramsWhenAPhaseOfItemsWillEnd() {
    var display = ProgressDisplay(.json)
    display.take(.phase(.resolve, bytes: 0, items: 10), now: 0)
    display.take(.finished(item: "an image", outcome: .moved), now: 1)
    let frame = display.frame(now: 2, width: 80)
    #expect(frame.contains(#""items":1,"phase":"resolve","secondsLeft":18,"totalBytes":0,"totalItems":10"#))
    // Nothing has happened since.
    #expect(display.frame(now: 4, width: 80) == "")
  }

  @Test func writesEventsAsLinesOfJSON() {
    var display = ProgressDisplay(.json)
    display.take(.phase(.fill, bytes: 100, items: 1), now: 0)
    display.take(.advanced(bytes: 50), now: 0)
    display.take(.note("a \"note\"\n\u{202E}"), now: 0)
    #expect(
      display.frame(now: 0.5, width: 80) == """
        {"bytes":100,"event":"phase","items":1,"phase":"fill"}
        {"event":"note","phase":"fill","text":"a \\"note\\"\\n\\u202e"}

        """)
    display.take(.finished(item: "sha256:aa", outcome: .mounted), now: 1)
    display.take(.advanced(bytes: 50), now: 1)
    #expect(
      display.end(now: 1, isComplete: true) == """
        {"event":"item","item":"sha256:aa","outcome":"mounted","phase":"fill"}
        {"bytes":100,"bytesPerSecond":100,"event":"progress","items":1,"phase":"fill","totalBytes":100,"totalItems":1}

        """)
  }

  @Test func coloursWarningsOnlyWhereAllowed() {
    var display = ProgressDisplay(.bar, usesColour: true)
    display.take(.warning("x"), now: 0)
    #expect(display.frame(now: 0, width: 80) == "\u{1B}[33mwarning:\u{1B}[0m x\n")
  }
}
