import Diagnostics
import Glibc
import Synchronization
import SystemIO
import Testing

/// Counts what runs at the same time.
private final class Gauge: Sendable {
  private let running = Atomic<Int>(0)
  private let highest = Atomic<Int>(0)

  var peak: Int { highest.load(ordering: .acquiring) }

  func enter() {
    highest.max(running.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue, ordering: .acquiringAndReleasing)
  }

  func leave() { running.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
}

/// Holds a thread until it is opened.
private final class Gate: Sendable {
  private let isOpen = Atomic<Bool>(false)

  func open() { isOpen.store(true, ordering: .releasing) }

  func wait() { while !isOpen.load(ordering: .acquiring) { sched_yield() } }

  func waitAsTask() async { while !isOpen.load(ordering: .acquiring) { await Task.yield() } }
}

private final class Record: Sendable {
  private let list = Mutex<[Int]>([])

  var numbers: [Int] { list.withLock { $0 } }

  func append(_ number: Int) { list.withLock { $0.append(number) } }
}

private final class Probe: Sendable {}

/// The number by which the system knows this thread.
private func threadNumber() -> Int {
  var target = [CChar](repeating: 0, count: 64)
  let count = readlink("/proc/thread-self", &target, 64)
  let text = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return text.split(separator: "/").last.flatMap { Int($0) } ?? 0
}

@Suite(.timeLimit(.minutes(20))) struct BlockingPoolTests {
  @Test func asManyJobsRunAtOnceAsThereAreThreads() async throws {
    let pool = BlockingPool(threads: 3)
    let gauge = Gauge()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await pool.run {
            gauge.enter()
            while gauge.peak < 3 { sched_yield() }
            gauge.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(gauge.peak == 3)
  }

  @Test(arguments: [1, 4]) func threadsEndWithThePoolWhenItsJobsAreDone(threads: Int) async throws {
    let (ids, gate) = (Record(), Gate())
    do {
      let pool = BlockingPool(threads: threads)
      for _ in 0..<threads {
        pool.start {
          ids.append(threadNumber())
          gate.wait()
        }
      }
      while ids.numbers.count < threads { await Task.yield() }
      // Nobody waits for these.
      for number in 0..<3 { pool.start { ids.append(-number) } }
    }
    let paths = ids.numbers.filter { $0 > 0 }.map { "/proc/self/task/\($0)" }
    #expect(paths.allSatisfy { access($0, F_OK) == 0 })
    gate.open()
    while paths.contains(where: { access($0, F_OK) == 0 }) { await Task.yield() }
    #expect(Set(ids.numbers.filter { $0 <= 0 }) == [0, -1, -2])
  }

  @Test func eachCallerGetsItsOwnResult() async throws {
    let pool = BlockingPool(threads: 4)
    let results = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
      for number in 0..<200 { group.addTask { (number, try await pool.run { number * 2 }) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 200)
    #expect(results.allSatisfy { $0.1 == $0.0 * 2 })
  }

  @Test func jobsStartInTheOrderInWhichTheyCame() async throws {
    let pool = BlockingPool(threads: 1)
    let gate = Gate()
    let order = Record()
    let first = Task.immediate { try await pool.run { gate.wait() } }
    let rest = (0..<50).map { number in
      Task.immediate { try await pool.run { order.append(number) } }
    }
    gate.open()
    try await first.value
    for task in rest { try await task.value }
    #expect(order.numbers == Array(0..<50))
  }

  @Test func anErrorReachesTheCaller() async {
    let pool = BlockingPool(threads: 1)
    let error = await #expect(throws: SealiftError.self) {
      try await pool.run { throw SealiftError(.storage, "a problem", nextStep: "a step") }
    }
    #expect(error?.problem == "a problem")
  }

  @Test func whatAJobHeldIsLetGoWhileTheQueueIsBusy() async throws {
    let pool = BlockingPool(threads: 1)
    let firstGate = Gate()
    let lastGate = Gate()
    let first = Task.immediate { try await pool.run { firstGate.wait() } }
    weak var probe: Probe?
    let middle: Task<Void, any Error>
    do {
      let held = Probe()
      probe = held
      middle = Task.immediate { try await pool.run { withExtendedLifetime(held) {} } }
    }
    // One keeps the thread, and one the queue from being empty.
    let last = (0..<2).map { _ in Task.immediate { try await pool.run { lastGate.wait() } } }
    firstGate.open()
    try await first.value
    try await middle.value
    while probe != nil, !Task.isCancelled { await Task.yield() }
    #expect(probe == nil)
    lastGate.open()
    for task in last { try await task.value }
  }

  @Test func cancellingTheTaskSetsTheFlag() async throws {
    let pool = BlockingPool(threads: 1)
    let started = Gate()
    let task = Task {
      try await pool.runCancellable { flag in
        started.open()
        while true {
          try flag.check()
          sched_yield()
        }
      }
    }
    await started.waitAsTask()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}

@Suite(.timeLimit(.minutes(20))) struct ForEachConcurrentlyTests {
  @Test(arguments: [1, 2, 7])
  func theLimitIsReachedAndKept(limit: Int) async throws {
    let gauge = Gauge()
    let seen = Record()
    try await (0..<30).forEachConcurrently(limit: limit) { number in
      seen.append(number)
      gauge.enter()
      while gauge.peak < limit { await Task.yield() }
      gauge.leave()
    }
    #expect(gauge.peak == limit)
    #expect(seen.numbers.sorted() == Array(0..<30))
    if limit == 1 { #expect(seen.numbers == Array(0..<30)) }
  }

  @Test func nothingToDoIsDone() async throws {
    try await [Int]().forEachConcurrently(limit: 4) { _ in throw CancellationError() }
  }

  @Test(arguments: [(4, 4), (100, 4), (100, 2)])
  func theFirstErrorCancelsTheRestAndIsThrown(count: Int, limit: Int) async {
    let gauge = Gauge()
    let started = Record()
    let cancelled = Record()
    let error = await #expect(throws: SealiftError.self) {
      try await (0..<count).forEachConcurrently(limit: limit) { number in
        started.append(number)
        gauge.enter()
        while gauge.peak < limit { await Task.yield() }
        if number == 1 { throw SealiftError(.network, "number 1", nextStep: "a step") }
        while !Task.isCancelled { await Task.yield() }
        cancelled.append(number)
        throw CancellationError()
      }
    }
    #expect(error?.problem == "number 1")
    #expect(Set(started.numbers) == Set(0..<limit))
    #expect(cancelled.numbers.count == limit - 1)
  }
}
