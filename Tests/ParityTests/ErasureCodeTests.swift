import TestSupport
import Testing

@testable import Parity

/// The code against arithmetic that is written down from `formats/parity-v1.md`, "The code".
@Suite struct ErasureCodeTests {
  private func made(_ combination: Combination, from shards: [[UInt8]], count: Int) -> [[UInt8]] {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: combination.count * count, alignment: 16)
    defer { room.deallocate() }
    room.initializeMemory(as: UInt8.self, repeating: 0)
    let sums = (0..<combination.count).map { row in
      UnsafeMutableRawBufferPointer(rebasing: room[(row * count)..<((row + 1) * count)])
    }
    for (place, source) in combination.sources.enumerated() {
      shards[source].withUnsafeBytes { combination.add(place, $0, to: sums) }
    }
    return sums.map { Array($0) }
  }

  @Test func parityIsWhatTheDocumentSays() throws {
    let code = ErasureCode(dataCount: 5, parityCount: 3)
    let data = (0..<5).map { LayoutFixture.noise(seed: UInt64($0 + 1), size: 37) }
    let parity = made(code.encoding, from: data, count: 37)
    for row in 0..<3 {
      for place in 0..<37 {
        let wanted = (0..<5).reduce(UInt8(0)) { sum, shard in
          sum ^ FieldArithmetic.product(FieldArithmetic.inverse(UInt8((5 + row) ^ shard)), data[shard][place])
        }
        #expect(parity[row][place] == wanted)
      }
    }
  }

  @Test("Whatever is lost of a column, up to its parity, is made anew to the byte; one more is refused")
  func randomLosses() throws {
    let seed = RunningProcess.environment("SEALIFT_SEED").flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    print("random losses: SEALIFT_SEED=\(seed)")
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<(RunningProcess.environment("SEALIFT_LONG") == nil ? 10_000 : 500_000) {
      let (data, parity) = (Int.random(in: 1...20, using: &generator), Int.random(in: 1...8, using: &generator))
      let size = Int.random(in: 1...70, using: &generator)
      let code = ErasureCode(dataCount: data, parityCount: parity)
      var shards = (0..<data).map { _ in (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) } }
      shards += made(code.encoding, from: shards, count: size)
      let order = shards.indices.shuffled(using: &generator)
      let lost = order.prefix(Int.random(in: 1...parity, using: &generator))
      let combination = try #require(code.combination(for: Array(lost)) { !lost.contains($0) })
      #expect(combination.sources.allSatisfy { !lost.contains($0) })
      let sources = shards.indices.map { lost.contains($0) ? [] : shards[$0] }
      #expect(made(combination, from: sources, count: size) == lost.map { shards[$0] })
      // What is there can be asked for, too.
      let any = order.suffix(3)
      let same = try #require(code.combination(for: Array(any)) { !lost.contains($0) })
      #expect(made(same, from: sources, count: size) == any.map { shards[$0] })
      let tooMany = order.prefix(parity + 1)
      #expect(code.combination(for: Array(tooMany)) { !tooMany.contains($0) } == nil)
    }
  }

  @Test func theLargestCodeWorks() throws {
    let code = ErasureCode(dataCount: 155, parityCount: 100)
    var shards = (0..<155).map { LayoutFixture.noise(seed: UInt64($0 + 1), size: 64) }
    shards += made(code.encoding, from: shards, count: 64)
    let lost = Array(stride(from: 0, to: 255, by: 3)) + [1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22]
    let combination = try #require(code.combination(for: lost) { !lost.contains($0) })
    #expect(made(combination, from: shards, count: 64) == lost.map { shards[$0] })
  }
}
