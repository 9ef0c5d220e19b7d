import BundleFormat
import Diagnostics
import Synchronization
import SystemIO
import TestSupport
import Testing

@testable import Volumes

/// A machine with one drive, and a person who changes the discs.
@Suite struct AskedVolumesTests {
  private let world: VolumeWorld
  private let drive: TemporaryDirectory

  init() throws {
    world = try VolumeWorld()
    drive = try TemporaryDirectory()
    try insert(0)
  }

  /// Puts a volume into the drive, with the list that every disc has.
  private func insert(_ number: Int?, content: [UInt8]? = nil) throws {
    for name in try FileSystem.list(drive.path) { try FileSystem.remove(drive(name)) }
    guard let number else { return }
    try FileSystem.write(content ?? world.volume(number), to: drive(world.list.entries[number].name))
    try VolumeListFile.write(world.list, beside: drive(VolumeWorld.name), keys: world.bundle.keys)
  }

  /// Does one thing at each request.
  private final class Person: VolumePrompt {
    private let requests = Mutex<[String]>([])
    private let act: @Sendable (Int, String) throws -> Void
    var asked: [String] { requests.withLock { $0 } }

    init(_ act: @escaping @Sendable (Int, String) throws -> Void) { self.act = act }

    func ask(_ request: String) throws(SealiftError) {
      let count = requests.withLock { requests in
        requests.append(request)
        return requests.count
      }
      do { try act(count, request) } catch {
        throw error as? SealiftError ?? SealiftError(.internal, "\(error)", nextStep: "mend the test")
      }
    }
  }

  @Test func oneDiscAfterTheOtherIsAskedForByName() throws {
    let person = Person { count, _ in try self.insert(count) }
    let medium = try world.open([drive.path], asking: person)
    #expect(!medium.isSeekable)
    #expect(medium.place(of: 70_000) == "byte 70000 (byte 4464 of a.tar.zst.002)")
    #expect(medium.place(of: world.count * VolumeWorld.volumeBytes) == "byte \(world.count * VolumeWorld.volumeBytes)")
    try world.prove(medium)
    #expect(person.asked.count == world.count - 1)
    for (number, request) in person.asked.enumerated() {
      #expect(request.contains("put a.tar.zst.00\(number + 2) (\(number + 2) of 7) into \(drive.path)"), "\(request)")
    }
  }

  @Test func aWrongDiscIsNamedAndTheRightOneAskedForAgain() throws {
    let seen = Mutex(0)
    let person = Person { count, request in
      // Every disc is at first another one, then none, then a damaged one.
      let step = seen.withLock { step in
        step += 1
        return step
      }
      let wanted = (step - 1) / 4 + 1
      switch (step - 1) % 4 {
      case 0: try self.insert((wanted + 1) % self.world.count)
      case 1: try self.insert(nil)
      case 2: try self.insert(wanted, content: Array(self.world.volume(wanted).dropLast()))
      default: try self.insert(wanted)
      }
    }
    try world.prove(world.open([drive.path], asking: person))
    #expect(person.asked.count == 4 * (world.count - 1))
    for (number, place) in stride(from: 1, to: person.asked.count, by: 4).enumerated() {
      let (wrong, none, short) = (person.asked[place], person.asked[place + 1], person.asked[place + 2])
      #expect(wrong.hasPrefix("that is \(world.list.entries[(number + 2) % world.count].name); put "))
      #expect(none.hasPrefix("no volume is there; put ") && short.contains("is short"))
    }
  }

  @Test func aDiscThatFailsWhileItIsReadIsPutBack() throws {
    let person = Person { count, request in
      // What is put back first is another disc, whose beginning is not that of the one that failed.
      if count == 1 { return try self.insert(0, content: self.world.volume(3)) }
      if count == 2 { return try self.insert(0) }
      let next = try #require(VolumeName(path: String(request.split(separator: " ")[1])))
      try self.insert(next.number - 1)
    }
    let medium = try world.open([drive.path], asking: person)
    var start = [UInt8](repeating: 0, count: 1000)
    _ = try start.withUnsafeMutableBytes { try medium.read([$0]) }
    // The disc is gone from under the reader: its file ends.
    try File(drive(world.list.entries[0].name), .update).truncate(to: 1000)
    var rest = [UInt8](repeating: 0, count: world.bytes.count - 1000)
    _ = try rest.withUnsafeMutableBytes { try medium.read([$0]) }
    #expect(start + rest == world.bytes)
    #expect(person.asked[0].contains("a.tar.zst.001 cannot be read (it ends too early)"))
    #expect(person.asked[1].contains("put a.tar.zst.001 (1 of 7) into"), "\(person.asked[1])")
  }

  @Test func nobodyWhoAnswersEndsTheRun() throws {
    let person = Person { _, _ in throw SealiftError(.notFound, "nobody answers", nextStep: "bring them") }
    let medium = try world.open([drive.path], asking: person)
    #expect(throws: SealiftError.self) { try world.prove(medium) }
    #expect(person.asked.count == 1)
  }

  @Test func withAllVolumesThereNobodyIsAsked() throws {
    let person = Person { _, _ in }
    #expect(try world.open(asking: person).isSeekable)
    #expect(person.asked.isEmpty)
  }
}
