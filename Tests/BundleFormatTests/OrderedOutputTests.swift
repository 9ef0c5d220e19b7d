import BundleFormat
import Diagnostics
import Synchronization
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)))
struct OrderedOutputTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Starts `count` threads' work and waits for all.
  private func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) async throws {
    let pool = BlockingPool(threads: count)
    try await (0..<count).forEachConcurrently(limit: count) { number in try await pool.run { try body(number) } }
  }

  @Test("Many threads that write out of order leave the right bytes")
  func order() async throws {
    let content = SampleBundle.bytes(8 << 20)
    let output = OrderedOutput(try File(directory("out"), .create))
    let pieces = stride(from: 0, to: content.count, by: 9973).map { $0..<min($0 + 9973, content.count) }
    let next = Atomic(0)
    try await concurrently(6) { _ in
      // Each takes a few neighbours and writes them backwards.
      while case let start = next.wrappingAdd(5, ordering: .relaxed).oldValue, start < pieces.count {
        for piece in pieces[start..<min(start + 5, pieces.count)].reversed() {
          try output.write(Array(content[piece]), at: piece.lowerBound)
        }
      }
    }
    #expect(try FileSystem.read(directory("out"), limit: 1 << 24) == content)
  }

  @Test("A bundle comes out of it as it does in a file")
  func bundle() throws {
    let bundle = TinyBundle(
      layers: [.gzip(SampleBundle.bytes(5 << 20)), .gzip(SampleBundle.bytes(100)), .tar(SampleBundle.bytes(70_000))],
      keys: [try TinyBundle.exampleKey])
    try bundle.write(to: directory("direct"))
    try bundle.write(to: OrderedOutput(File(directory("ordered"), .create)))
    #expect(try runTool("cmp", [directory("direct"), directory("ordered")]).status == 0)
  }

  @Test("Nothing written at a place where something waits does not take that place")
  func nothing() throws {
    let output = OrderedOutput(try File(directory("out"), .create))
    try output.write([3], at: 2)
    try output.write([], at: 2)
    try output.write([1, 2], at: 0)
    #expect(try FileSystem.read(directory("out"), limit: 10) == [1, 2, 3])
  }

  @Test("A thread too far ahead waits until the others have caught up")
  func lookAhead() async throws {
    let output = OrderedOutput(try File(directory("out"), .create))
    let size = OrderedOutput.lookAhead
    let mayGoOn = Atomic(false)
    try await concurrently(2) { number in
      if number == 0 {
        try output.write([9], at: size + 1)
        let hasWaited = mayGoOn.load(ordering: .acquiring)
        #expect(hasWaited, "it was kept although it was too far ahead")
      } else {
        // What is within the bound does not wait, although nothing of it can be written yet.
        try output.write([UInt8](repeating: 7, count: size), at: 1)
        mayGoOn.store(true, ordering: .releasing)
        try output.write([1], at: 0)
      }
    }
    let out = try File(directory("out"), .read)
    #expect(try out.size() == size + 2)
    #expect(try out.bytes(at: size, count: 2) == [7, 9])
  }

  @Test("A file that fails wakes all who wait, and nothing can be written after")
  func failure() async throws {
    let output = OrderedOutput(try File("/dev/full", .update))
    let failures = Atomic(0)
    try await concurrently(4) { number in
      do {
        let bytes: [UInt8] = [1]
        try output.write(bytes, at: number == 3 ? 0 : OrderedOutput.lookAhead + 1 + number)
      } catch let error as SealiftError where error.code == .storage {
        failures.add(1, ordering: .relaxed)
      }
    }
    let count = failures.load(ordering: .relaxed)
    #expect(count == 4)
    #expect(throws: SealiftError.self) { try output.write([1], at: 0) }
  }

  @Test("Giving up wakes all who wait")
  func abandon() async throws {
    let output = OrderedOutput(try File(directory("out"), .create))
    let failures = Atomic(0)
    try await concurrently(3) { number in
      if number == 0 { return output.abandon(CancellationError()) }
      #expect(throws: CancellationError.self) { try output.write([1], at: OrderedOutput.lookAhead + number) }
      failures.add(1, ordering: .relaxed)
    }
    let count = failures.load(ordering: .relaxed)
    #expect(count == 2)
    #expect(try FileSystem.read(directory("out"), limit: 10).isEmpty)
  }
}
