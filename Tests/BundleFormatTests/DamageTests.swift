@testable import BundleFormat
import Diagnostics
import Glibc
import OCI
import Signing
import SystemIO
import TestSupport
import Testing
import Zstd

/// Every single change to a small bundle is found, both ways of reading, and the message says where.
///
/// With `SEALIFT_LONG=1` in the environment each bit is flipped, else one bit of each byte, and of the zeros that fill the
/// region of signatures one in 17.
struct DamageTests {
  static let isLong = getenv("SEALIFT_LONG").map { String(cString: $0) } == "1"

  let bundle: TinyBundle
  let bytes: [UInt8]
  let sections: [Section]

  /// A stretch of the file, and how messages name it.
  struct Section {
    let range: Range<Int>
    let names: [String]
  }

  init() throws {
    bundle = try TinyBundle.example
    bytes = try Forge(bundle).bytes
    sections = try Self.sections(bundle, bytes)
  }

  private static func sections(_ bundle: TinyBundle, _ bytes: [UInt8]) throws -> [Section] {
    let directory = try TemporaryDirectory()
    try FileSystem.write(bytes, to: directory("a"))
    let input = BundleInput(try File(directory("a"), .read))
    let front = try BundleFront.read(input)
    let head = try input.readHead(front.verify(bundle.policy)) { _, _ in }
    let layout = head.verified.layout
    let seekTable = bytes.count - layout.seekTableBytes
    let end = seekTable - layout.end.storedBytes
    let ends = [
      front.regionOffset, front.regionOffset + SignatureRegion.storedBytes, head.bodyOffset, head.tailOffset, end,
      seekTable, bytes.count,
    ]
    let metadata = bundle.index.metadata.map { BundleLayout.blobName($0.digest) }
    let blobs = bundle.index.blobs.map { BundleLayout.blobName($0.descriptor.digest) }
    let names = [
      ["bundle.json"], ["signatures/"], bundle.index.files.map(\.path) + metadata, [blobs[0]], [blobs[1]],
      ["frames.sha256"], ["seek table"],
    ]
    return zip(zip([0] + ends, ends), names).map { Section(range: $0.0..<$0.1, names: $1) }
  }

  @Test("The bundle is sound to begin with, and both writers agree")
  func sound() throws {
    #expect(try Damage(bundle.policy).errors(bytes).allSatisfy { $0 == nil })
    let directory = try TemporaryDirectory()
    try bundle.write(to: directory("a"))
    #expect(try FileSystem.read(directory("a"), limit: 1 << 20) == bytes)
  }

  @Test("What is wrong in the head is named by where its frame begins")
  func placeInTheHead() throws {
    var forge = Forge(bundle)
    forge[.head][1].content[0] ^= 1
    let place = "at byte \(sections[2].range.lowerBound):"
    for error in try Damage(bundle.policy).errors(forge.bytes) {
      #expect(error?.problem.contains(place) == true, "\(error?.problem ?? "nothing")")
    }
  }

  @Test("A flipped bit anywhere is found and named by entry and offset", .timeLimit(.minutes(isLong ? 60 : 20)))
  func flips() async throws {
    let bits: @Sendable (Int) -> [Int] = { Self.isLong ? Array(0..<8) : [$0 % 8] }
    let failures = try await inParallel { (damage, part) in
      var failures: [String] = []
      var changed = bytes
      for (place, section) in sections.enumerated() {
        for index in section.range where index % part.of == part.number && isTried(index) {
          for bit in bits(index) {
            changed[index] ^= 1 << UInt8(bit)
            for pipe in [false, true] {
              let error = try damage.error(changed, pipe: pipe)
              if isRight(error, section) { continue }
              failures.append(
                "section \(place + 1), byte \(index), bit \(bit), pipe \(pipe): \(error?.problem ?? "not found")")
            }
            changed[index] ^= 1 << UInt8(bit)
          }
        }
      }
      return failures
    }
    #expect(failures.isEmpty, "\(failures.count) failures: \(failures.prefix(20))")
  }

  @Test("Every shorter file is found out, and named by entry and offset", .timeLimit(.minutes(20)))
  func truncations() async throws {
    let failures = try await inParallel { (damage, part) in
      var failures: [String] = []
      for count in bytes.indices where count % part.of == part.number && isTried(count) {
        let cut = Array(bytes[..<count])
        for pipe in [false, true] {
          let error = try damage.error(cut, pipe: pipe)
          if error?.code == .corrupt, error?.problem.contains("byte") == true { continue }
          failures.append("\(count) bytes, pipe \(pipe): \(error?.problem ?? "not found")")
        }
      }
      return failures
    }
    #expect(failures.isEmpty, "\(failures.count) failures: \(failures.prefix(20))")
  }

  /// Nearly all of the region is zeros, of which a few show what all do.
  private func isTried(_ index: Int) -> Bool {
    let region = sections[1].range
    let isZeros = region.lowerBound + 2000..<region.upperBound - 10 ~= index
    return Self.isLong || !isZeros || index % 17 == 0
  }

  private func isRight(_ error: SealiftError?, _ section: Section) -> Bool {
    guard let error, error.code == .corrupt else { return false }
    let offset = error.problem.firstMatch(of: #/at byte (\d+)/#).flatMap { Int($0.1) }
    guard let offset else { return false }
    // A block whose size was changed may reach beyond the end of the file: then that is what is seen.
    let isBehind = error.problem.contains("ends at byte \(bytes.count), within")
    guard isBehind || section.range.lowerBound <= offset && offset <= section.range.upperBound else { return false }
    return section.names.contains { error.problem.contains($0) }
  }

  /// One of several shares of the work.
  private struct Part {
    let number: Int
    let of: Int
  }

  /// Does the work in shares and gives back what they found.
  private func inParallel(_ body: @escaping @Sendable (Damage, Part) throws -> [String]) async throws -> [String] {
    let threads = 2
    let pool = BlockingPool(threads: threads)
    let policy = try bundle.policy
    return try await withThrowingTaskGroup(of: [String].self) { group in
      for number in 0..<threads {
        group.addTask { try await pool.run { try body(Damage(policy), Part(number: number, of: threads)) } }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }
}
