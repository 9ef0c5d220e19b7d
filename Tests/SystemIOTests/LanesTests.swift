import SystemIO
import TestSupport
import Testing

/// How many things of which size run at once.
@Suite(.timeLimit(.minutes(20))) struct LanesTests {
  /// The greatest number that ran at once.
  private func peak(_ sizes: [Int], _ lanes: Lanes) async throws -> Int {
    let gauge = Shared((running: 0, peak: 0))
    try await Array(sizes.indices).forEachConcurrently(in: lanes, size: { sizes[$0] }) { _ in
      gauge.with { gauge in
        gauge.running += 1
        gauge.peak = max(gauge.peak, gauge.running)
      }
      for _ in 0..<10 { await Task.yield() }
      gauge.with { $0.running -= 1 }
    }
    return gauge.with { $0.peak }
  }

  private let lanes = Lanes(transfers: 16, requests: 64)

  @Test func fewLargeOnesRunAtOnce() async throws {
    #expect(try await peak(Array(repeating: 100 << 20, count: 40), lanes) == 4)
  }

  @Test func moreSmallOnesDo() async throws {
    #expect(try await peak(Array(repeating: 1 << 20, count: 100), lanes) == 16)
  }

  @Test func whatIsARequestNeedsNoLaneOfATransfer() async throws {
    #expect(try await peak(Array(repeating: 1000, count: 300), lanes) == 64)
    #expect(try await peak(Array(repeating: 100 << 20, count: 4) + Array(repeating: 1000, count: 300), lanes) == 64)
  }

  @Test(arguments: [1, 2, 3]) func fewerThanFewAreHonoured(count: Int) async throws {
    #expect(try await peak(Array(repeating: 100 << 20, count: 20), Lanes(transfers: count, requests: count)) == count)
  }

  @Test func theFirstErrorEndsIt() async throws {
    struct Stop: Error {}
    let started = Shared(0)
    await #expect(throws: Stop.self) {
      try await Array(0..<100).forEachConcurrently(in: lanes, size: { _ in 100 << 20 }) { number in
        started.with { $0 += 1 }
        if number == 2 { throw Stop() }
      }
    }
    #expect(started.with { $0 } < 20)
  }
}
