/// Inputs that nobody has thought of: good ones with some bytes changed, the same for the same seed.
///
/// `SEALIFT_LONG` in the environment makes them fifty times as many, `SEALIFT_SEED` repeats a run.
public struct Mutations: Sequence {
  private let samples: [[UInt8]]
  private let count: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - samples: What is well-formed, each of at least one byte.
  ///   - name: What it is, for the line that names the seed.
  ///   - count: How many inputs a short run gives.
  public init(of samples: [[UInt8]], named name: String, count: Int) {
    self.samples = samples
    self.count = RunningProcess.environment("SEALIFT_LONG") == nil ? count : count * 50
    seed = RunningProcess.environment("SEALIFT_SEED").flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    print("mutations of \(name): SEALIFT_SEED=\(seed)")
  }

  /// What repeats them.
  public var label: String { "SEALIFT_SEED=\(seed)" }

  /// Gives each input in turn.
  public func makeIterator() -> AnyIterator<[UInt8]> {
    var generator = SeededGenerator(seed: seed)
    var number = 0
    return AnyIterator {
      defer { number += 1 }
      return number == count ? nil : mutated(samples[number % samples.count], using: &generator)
    }
  }

  private func mutated(_ sample: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = sample
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      let end = Swift.min(bytes.count, place + Int.random(in: 1...40, using: &generator))
      switch Int.random(in: 0...7, using: &generator) {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      case 2: bytes[place] = [0, 0x7F, 0x80, 0xFF, 0x0A, 0x30].randomElement(using: &generator) ?? 0
      case 3: bytes.removeSubrange(place..<end)
      case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
      case 5: bytes.removeSubrange(place...)
      case 6: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
      default:
        // A piece of another one.
        guard let other = samples.randomElement(using: &generator) else { continue }
        let start = Int.random(in: 0..<other.count, using: &generator)
        bytes.replaceSubrange(place..<end, with: other[start..<Swift.min(other.count, start + 40)])
      }
    }
    return bytes
  }
}
