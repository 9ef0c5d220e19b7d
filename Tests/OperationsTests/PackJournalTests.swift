import Diagnostics
import TestSupport
import Testing

@testable import Operations

/// What a run that goes on learns of the one before.
@Suite struct PackJournalTests {
  private let inputs = PackInputs(
    configuration: nil, images: ["a"], keys: [], options: [], created: nil, versions: ["1"])

  @Test func whatIsMissingIsRememberedSoThatNoRunEndsAsIfAllWereThere() throws {
    let directory = try TemporaryDirectory()
    let missing = ["image a is gone", "line\nbreak \"quoted\" blob 7", ""]
    _ = try PackJournal.create(directory("journal"), inputs, finished: [3], missing: missing)
    let loaded = try #require(try PackJournal.load(directory("journal")))
    #expect(loaded.progress.missing == missing)
    #expect(loaded.progress.finished == [3])
    #expect(inputs.differences(from: loaded.inputs).isEmpty)
    try PackJournal.resume(directory("journal")).finished(5)
    #expect(try PackJournal.load(directory("journal"))?.progress.missing == missing)
  }
}
