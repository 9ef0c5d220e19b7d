import Testing

@testable import HTTPTransport

/// How many requests a host is sent at once, with a host that takes no time of its own.
@Suite struct RequestWindowTests {
  private let window = RequestWindow(limit: 64)

  /// Lets `count` requests under way at once be answered, each in `seconds`.
  private func answer(_ count: Int, in seconds: Double) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count {
        group.addTask {
          let place = try await window.enter(movingContent: false)
          await Task.yield()
          place.leave(.answer(seconds: seconds))
        }
      }
      try await group.waitForAll()
    }
  }

  /// Fills the window until so many are wanted as there may be.
  private func grow() async throws {
    for _ in 0..<20 { try await answer(400, in: 0.08) }
  }

  @Test func growsToItsLimitWhereAnswersTakeNoLonger() async throws {
    #expect(window.width == 16)
    try await grow()
    #expect(window.width == 64)
  }

  @Test func staysWhereAnswersTakeLonger() async throws {
    try await answer(17, in: 0.01)
    let width = window.width
    for _ in 0..<10 { try await answer(200, in: 0.02) }
    #expect(window.width == width)
  }

  @Test func aWidthThatIsNotUsedDoesNotGrow() async throws {
    for _ in 0..<200 { try await answer(1, in: 0.01) }
    #expect(window.width == 16)
  }

  @Test func oneComplaintOfManyTogetherCounts() async throws {
    try await grow()
    var places: [RequestWindow.Place] = []
    for _ in 0..<10 { places.append(try await window.enter(movingContent: false)) }
    for place in places { place.leave(.overload(retryAfter: nil)) }
    #expect(window.width == 32)
    for _ in 0..<10 {
      try await window.enter(movingContent: false).leave(.overload(retryAfter: nil))
    }
    #expect(window.width == 4)
  }

  @Test func aPauseHoldsForAllRequestsOfTheHost() async throws {
    let place = try await window.enter(movingContent: false)
    let start = ContinuousClock.now
    place.leave(.overload(retryAfter: 1))
    async let content = window.enter(movingContent: true)
    async let small = window.enter(movingContent: false)
    _ = try await (content, small)
    #expect(.now - start > .milliseconds(900))
  }

  @Test func whatWaitsCanBeCancelled() async throws {
    var places: [RequestWindow.Place] = []
    for _ in 0..<16 { places.append(try await window.enter(movingContent: false)) }
    let waiting = Task { try await window.enter(movingContent: false) }
    let next = Task { try await window.enter(movingContent: false) }
    await Task.yield()
    waiting.cancel()
    await #expect(throws: CancellationError.self) { _ = try await waiting.value }
    places[0].leave(.unknown)
    try await next.value.leave(.unknown)
    // Content needs no place.
    _ = try await window.enter(movingContent: true)
  }
}
