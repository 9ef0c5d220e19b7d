import BundleFormat
import Content
import Diagnostics
import Digests
import Gathering
import OCI
import Publishing
import SystemIO
import TestSupport
import Testing

@testable import Packing

/// What a run that goes on learns of the one before.
@Suite struct PackJournalTests {
  private let inputs = PackInputs(
    PackOptions(output: "a", registry: RegistryAccess(environment: [:])), .init(keys: ["a", "b\""], content: ["c d"]))

  @Test func whatIsMissingIsRememberedSoThatNoRunEndsAsIfAllWereThere() throws {
    let directory = try TemporaryDirectory()
    let missing = ["image a is gone", "line\nbreak \"quoted\" blob 7", ""]
    _ = try PackJournal.create(
      directory("journal"), inputs, PackJournal.Progress(finished: [3], missing: missing))
    let loaded = try #require(try PackJournal.load(directory("journal")))
    #expect(loaded.progress.missing == missing)
    #expect(loaded.progress.finished == [3])
    #expect(loaded.inputs == inputs)
    try PackJournal.resume(directory("journal")).finished(5)
    #expect(try PackJournal.load(directory("journal"))?.progress.missing == missing)
  }

  @Test func linesThatCannotBeMeantCountForNothing() throws {
    let directory = try TemporaryDirectory()
    let journal = try PackJournal.create(directory("journal"), inputs, PackJournal.Progress(finished: [0], made: [0]))
    try journal.finished(1)
    let digest = SHA256Hasher.digest(of: [])
    try journal.written(2, frame: StoredFrame(storedBytes: 10, contentBytes: 9, digest: digest), number: 0)
    var text = String(decoding: try FileSystem.read(directory("journal"), limit: 1 << 20), as: UTF8.self)
    text +=
      "blob -1\nblob\nblob 99999999999999999999\nblob 7 7\npart 3 -5 \(digest)\npart 4 5\nframe 2 -1 5 5 \(digest)\n"
    text += "frame 2 1 0 5 \(digest)\nframe 2 1 4096 5 \(digest)\n"
    text += "frame 2 1 \(Int.max) 5 \(digest)\nframe 2 1 5 \(Int.max) \(digest)\nframe 2 1 0 0 \(digest)\nmade x\n\n"
    text += "part 5 6 \(digest)\nblob 500\n"
    try FileSystem.write(Array(text.utf8), to: directory("journal"))
    let progress = try #require(try PackJournal.load(directory("journal"))).progress
    #expect(progress.finished == [0, 1, 500])
    #expect(progress.limited(to: 3).finished == [0, 1])
    #expect(progress.started == [5: PackJournal.Start(bytes: 6, digest: digest)])
    #expect(progress.frames.mapValues(\.count) == [2: 1])
  }

  @Test func aJournalWhoseFactsWereChangedCountsAsNone() throws {
    let directory = try TemporaryDirectory()
    let progress = PackJournal.Progress(
      finished: [0, 1], made: [0], missing: ["image a"], head: SHA256Hasher.digest(of: []))
    _ = try PackJournal.create(directory("journal"), inputs, progress)
    let bytes = try FileSystem.read(directory("journal"), limit: 1 << 20)
    let synced = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last ?? ""
    #expect(synced.hasPrefix("synced "))
    for place in 0..<bytes.count - synced.utf8.count - 1 {
      var changed = bytes
      changed[place] ^= 1
      try FileSystem.write(changed, to: directory("journal"))
      let loaded = try PackJournal.load(directory("journal"))
      #expect(loaded == nil, "byte \(place)")
    }
  }

  @Test func aBlobGoesOnBehindFullFramesThatDoNotEndIt() {
    let digest = SHA256Hasher.digest(of: [])
    let full = StoredFrame(storedBytes: 100, contentBytes: 4 << 20, digest: digest)
    let part = StoredFrame(storedBytes: 100, contentBytes: 1024, digest: digest)
    func kept(_ frames: [StoredFrame], _ size: Int) -> Int {
      TailBlobWriter.resumable(
        frames, of: Descriptor(mediaType: MediaType(rawValue: "text/plain"), digest: digest, size: size)
      ).count
    }
    #expect(kept([full, full], 20 << 20) == 2)
    #expect(kept([full, part, full], 20 << 20) == 1)
    #expect(kept([full, full], (8 << 20) - 512) == 1, "its padding would be written twice")
    #expect(kept([full, full], (8 << 20) - 600) == 1)
    #expect(kept([full, full], (8 << 20) - 511) == 2)
    #expect(kept([], 0) == 0)
  }
}
