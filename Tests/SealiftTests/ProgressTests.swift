import Diagnostics
import Testing

@testable import sealift

@Suite struct ProgressTests {
  private let megabyte = 1 << 20

  @Test func estimatesTheEndFromASteadyRate() throws {
    var progress = Progress(.fill, bytes: 100 * megabyte, items: 10, now: 0)
    for step in 1...40 {
      progress.advance(bytes: megabyte)
      progress.tick(now: Double(step) * 0.5)
    }
    #expect(progress.fraction == 0.4)
    let rate = try #require(progress.rate)
    #expect(abs(rate / Double(2 * megabyte) - 1) < 0.01)
    let left = try #require(progress.secondsLeft)
    #expect(abs(left - 30) < 1)
  }

  @Test func aStallMakesTheEstimateGrow() throws {
    var progress = Progress(.fill, bytes: 100 * megabyte, items: 0, now: 0)
    progress.advance(bytes: 10 * megabyte)
    progress.tick(now: 1)
    let before = try #require(progress.secondsLeft)
    for second in 2...20 { progress.tick(now: Double(second)) }
    let after = try #require(progress.secondsLeft)
    #expect(after > 5 * before)
  }

  @Test func neverShowsMoreThanAllAndNoHundredPercentBeforeTheEnd() {
    var progress = Progress(.publish, bytes: 1000, items: 0, now: 0)
    progress.advance(bytes: 999)
    #expect(progress.bar(width: 80).contains(" 99%"))
    progress.advance(bytes: 500)
    #expect(progress.fraction == 1)
    #expect(progress.secondsLeft == nil)
  }

  @Test(arguments: [20, 30, 40, 60, 79, 100, 200]) func barFitsTheWidth(width: Int) {
    var progress = Progress(.publish, bytes: 3 << 30, items: 1234, now: 0)
    progress.advance(bytes: 1 << 30)
    for _ in 0..<617 { progress.finishItem() }
    progress.tick(now: 10)
    let bar = progress.bar(width: width)
    #expect(bar.count <= width)
    #expect(bar.hasPrefix("publishing   33%"))
    #expect(bar.contains("[######") == (width >= 100))
  }

  @Test func countsItemsWhereThereAreNoBytes() {
    var progress = Progress(.resolve, bytes: 0, items: 4, now: 0)
    #expect(progress.line == "resolving: 0 of 4 images")
    progress.finishItem()
    progress.tick(now: 1)
    #expect(progress.bar(width: 60) == "resolving   25%  [##--------]  1/4 images  0:03 left")
    #expect(progress.bar(width: 40) == "resolving   25%  1/4 images  0:03 left")
    #expect(progress.bar(width: 30) == "resolving   25%  1/4 images")
    #expect(progress.line == "resolving: 1 of 4 images, 0:03 left")
    #expect(progress.summary(now: 2) == "resolving: done, 1 image in 0:02")
  }

  @Test(arguments: [
    (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (725, "12:05"), (10_821, "3:00:21"), (1e18, "99:59:59"), (-3, "0:00"),
  ])
  func spellsTimes(seconds: Double, text: String) {
    #expect(clock(seconds) == text)
  }
}
