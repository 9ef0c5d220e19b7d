import Diagnostics
import Release
import Testing
import Versions

@Suite struct ReleaseSelectionTests {
  /// What a channel is asked for, in short: `min`, `max`, and flags.
  struct Request: Sendable, CustomTestStringConvertible {
    var min: String?
    var max: String?
    var shortest = false
    var full = false

    var testDescription: String { "\(min ?? "-")..\(max ?? "-")\(shortest ? " shortest" : "")\(full ? " full" : "")" }

    func channel(_ name: String) throws -> ReleaseChannel {
      ReleaseChannel(
        name, minimum: try min.map(version), maximum: try max.map(version), shortestPath: shortest, full: full)
    }
  }

  private static let all = ["4.1.0", "4.1.1", "4.1.2", "4.2.0", "4.2.1"]

  /// `stable-4.2`: a straight way, and one that has conditions.
  private var graph: UpdateGraph {
    get throws {
      try GraphFixture(
        versions: ["4.2.1", "4.1.0", "4.2.0", "4.1.2", "4.1.1"],
        upgrades: ["4.1.0>4.1.1", "4.1.0>4.1.2", "4.1.1>4.1.2", "4.1.2>4.2.0", "4.1.2>4.2.1"],
        conditional: [("Loss", ["4.2.0>4.2.1", "4.1.1>4.2.0"])]
      ).graph()
    }
  }

  @Test(arguments: [
    (Request(), ["4.2.1"]),
    (Request(shortest: true), ["4.2.1"]),
    (Request(min: "4.1.2"), ["4.1.2", "4.2.0", "4.2.1"]),
    (Request(max: "4.1.1"), ["4.1.0", "4.1.1"]),
    (Request(min: "4.1.1", max: "4.2.0"), ["4.1.1", "4.1.2", "4.2.0"]),
    (Request(min: "4.1.1", max: "4.1.1"), ["4.1.1"]),
    (Request(min: "4.2.1", max: "4.2.1"), ["4.2.1"]),
    (Request(full: true), all),
    (Request(min: "4.1.2", full: true), ["4.1.2", "4.2.0", "4.2.1"]),
    (Request(max: "4.1.1", full: true), ["4.1.0", "4.1.1"]),
    (Request(min: "4.1.1", max: "4.1.2", full: true), ["4.1.1", "4.1.2"]),
    (Request(min: "4.1.0", max: "4.2.1", shortest: true), ["4.1.0", "4.1.2", "4.2.1"]),
    (Request(min: "4.1.0", shortest: true), ["4.1.0", "4.1.2", "4.2.1"]),
    (Request(max: "4.1.2", shortest: true), ["4.1.0", "4.1.2"]),
    (Request(shortest: true, full: true), ["4.1.0", "4.1.2", "4.2.1"]),
    (Request(min: "4.2.0", max: "4.2.1", shortest: true), ["4.2.0", "4.2.1"]),
  ])
  func choosesFromOneChannel(request: Request, versions: [String]) throws {
    let selection = try ReleaseSelection([request.channel("stable-4.2")], from: ["stable-4.2": graph])
    #expect(selection.releases.map(\.version.description) == versions)
    #expect(selection.path.first?.from.description == (versions.count > 1 ? versions.first : nil))
    #expect(selection.path.last?.to.description == (versions.count > 1 ? versions.last : nil))
  }

  @Test(arguments: [
    (
      Request(min: "4.2.0"), ["4.2.0?4.2.1(Loss)"],
      ["the upgrade from 4.2.0 to 4.2.1 is conditional: Loss (https://risks.example/Loss)"]
    ),
    (
      Request(full: true), ["4.1.0>4.1.2", "4.1.2>4.2.1"],
      ["2 other upgrades between the chosen releases are conditional, for the risks Loss (2)"]
    ),
    (
      Request(max: "4.1.1"), ["4.1.0>4.1.1"],
      ["stable-4.2: without minVersion everything is chosen from its first version, 4.1.0, to 4.1.1"]
    ),
    (Request(min: "4.1.1", max: "4.1.2"), ["4.1.1>4.1.2"], []),
  ])
  func saysWhatAClusterCanDo(request: Request, path: [String], notes: [String]) throws {
    let selection = try ReleaseSelection([request.channel("stable-4.2")], from: ["stable-4.2": graph])
    #expect(notation(selection.path) == path)
    #expect(selection.notes == notes)
  }

  @Test func aRangeWithoutAPathIsChosenAndTheGapIsNamed() throws {
    let graph = try GraphFixture(versions: ["4.1.0", "4.1.1", "4.1.2"], upgrades: ["4.1.0>4.1.1"]).graph()
    let channel = ReleaseChannel("stable-4.1", full: true)
    let selection = try ReleaseSelection([channel], from: ["stable-4.1": graph])
    #expect(selection.releases.count == 3)
    #expect(notation(selection.path) == ["4.1.0>4.1.1", "4.1.1|4.1.2"])
    #expect(selection.notes == ["no upgrade path leads from 4.1.1 to 4.1.2"])
  }

  @Test(arguments: [
    (
      Request(min: "4.3.0"),
      "minVersion 4.3.0 is not in the channel stable-4.2, which has 5 versions from 4.1.0 to 4.2.1; the nearest is 4.2.1"
    ),
    (
      Request(max: "4.0.9"),
      "maxVersion 4.0.9 is not in the channel stable-4.2, which has 5 versions from 4.1.0 to 4.2.1; the nearest is 4.1.0"
    ),
    (
      Request(min: "4.1.9", max: "4.1.9"),
      "minVersion 4.1.9 is not in the channel stable-4.2, which has 5 versions from 4.1.0 to 4.2.1; the nearest are 4.1.2 and 4.2.0"
    ),
    (Request(min: "4.2.0", max: "4.1.0"), "stable-4.2: minVersion 4.2.0 is above maxVersion 4.1.0"),
  ])
  func saysWhatTheChannelHas(request: Request, problem: String) throws {
    let channel = try request.channel("stable-4.2")
    let error = #expect(throws: SealiftError.self) {
      try ReleaseSelection([channel], from: ["stable-4.2": graph])
    }
    #expect(error?.problem == problem)
    #expect(error?.code == .configuration)
  }

  @Test(
    "Ends of a range that no release has are the nearest within, and a note says so",
    arguments: [
      (
        Request(min: "4.1.9"), ["4.2.0", "4.2.1"],
        "minVersion 4.1.9 is not in the channel stable-4.2, and the nearest is 4.2.0"
      ),
      (
        Request(min: "4.2.0", max: "4.2.99"), ["4.2.0", "4.2.1"],
        "maxVersion 4.2.99 is not in the channel stable-4.2, and the nearest is 4.2.1"
      ),
      (
        Request(min: "4.0.0", max: "4.1.0"), ["4.1.0"],
        "minVersion 4.0.0 is not in the channel stable-4.2, and the nearest is 4.1.0"
      ),
    ])
  func takesTheNearest(request: Request, versions: [String], note: String) throws {
    let selection = try ReleaseSelection([request.channel("stable-4.2")], from: ["stable-4.2": graph])
    #expect(selection.releases.map(\.version.description) == versions)
    #expect(selection.notes.first == note)
    var channel = try request.channel("stable-4.2")
    channel.shortestPath = true
    #expect(throws: SealiftError.self) { try ReleaseSelection([channel], from: ["stable-4.2": graph]) }
  }

  @Test("Fewer than three numbers stand for all versions that begin so")
  func takesSeries() throws {
    var channel = ReleaseChannel("stable-4.2")
    channel.minimum = VersionLimit("4.1")
    channel.maximum = VersionLimit("v4.1")
    let selection = try ReleaseSelection([channel], from: ["stable-4.2": graph])
    #expect(selection.releases.map(\.version.description) == ["4.1.0", "4.1.1", "4.1.2"])
    #expect(selection.notes.isEmpty)
  }

  @Test func aShortestPathThatDoesNotExistIsAnError() throws {
    let graph = try GraphFixture(versions: ["4.1.0", "4.1.1", "4.1.2"], upgrades: ["4.1.0>4.1.1"]).graph()
    let channel = ReleaseChannel("stable-4.1", shortestPath: true, full: true)
    let error = #expect(throws: SealiftError.self) { try ReleaseSelection([channel], from: ["stable-4.1": graph]) }
    #expect(
      error?.problem
        == "stable-4.1 has no upgrade path from 4.1.0 to 4.1.2: from 4.1.0 upgrades lead no higher than 4.1.1")
  }

  @Test func aChannelWithoutReleasesIsAnError() throws {
    let error = #expect(throws: SealiftError.self) { try ReleaseSelection([ReleaseChannel("stabel-4.2")], from: [:]) }
    #expect(error?.problem == "the channel stabel-4.2 has no release")
    #expect(error?.nextStep.contains("stable-4.18") == true)
  }

  /// Channels 4.1 to 4.3, each with the releases of the minor version before.
  private var series: [String: UpdateGraph] {
    get throws {
      [
        "stable-4.1": try GraphFixture(versions: ["4.1.0", "4.1.1"], upgrades: ["4.1.0>4.1.1"]).graph(),
        "stable-4.2": try GraphFixture(
          versions: ["4.1.1", "4.2.0", "4.2.5"], upgrades: ["4.1.1>4.2.0", "4.2.0>4.2.5"],
          conditional: [("Slow", ["4.1.1>4.2.5"])]
        ).graph(),
        "stable-4.3": try GraphFixture(versions: ["4.2.5", "4.3.0", "4.3.1"], upgrades: ["4.2.5>4.3.1"]).graph(),
      ]
    }
  }

  @Test func findsThePathAcrossChannels() throws {
    let channels = [ReleaseChannel("stable-4.3"), ReleaseChannel("stable-4.1", full: true)]
    #expect(ReleaseChannel.between(channels) == ["stable-4.2"])
    let selection = try ReleaseSelection(channels, from: series)
    #expect(selection.releases.map(\.version.description) == ["4.1.0", "4.1.1", "4.2.0", "4.2.5", "4.3.1"])
    #expect(notation(selection.path) == ["4.1.0>4.1.1", "4.1.1>4.2.0", "4.2.0>4.2.5", "4.2.5>4.3.1"])
    // The short cut has a condition, and both of its ends are chosen.
    #expect(notation(selection.conditionalUpgrades) == ["4.1.1?4.2.5(Slow)"])
  }

  @Test func namesTheGapBetweenChannels() throws {
    var graphs = try series
    graphs["stable-4.2"] = nil
    let channels = [ReleaseChannel("stable-4.1"), ReleaseChannel("stable-4.3")]
    let selection = try ReleaseSelection(channels, from: graphs)
    #expect(selection.releases.map(\.version.description) == ["4.1.1", "4.3.1"])
    #expect(selection.notes == ["no upgrade path leads from 4.1.1 to 4.3.1"])
  }

  @Test(arguments: [
    (["stable-4.14", "stable-4.16"], ["stable-4.15"]),
    (["stable-4.18", "stable-4.14", "stable-4.16"], ["stable-4.15", "stable-4.17"]),
    (["stable-4.14", "fast-4.16"], ["fast-4.15"]),
    (["eus-4.14", "eus-4.18"], ["eus-4.16"]),
    (["eus-4.14", "eus-4.16"], []),
    (["stable-4.14", "stable-4.15"], []),
    (["stable-4.14"], []),
    (["stable-4", "stable-4.16"], []),
    (["stable-3.11", "stable-4.16"], []),
    (["stable-4.1", "stable-4.999999999"], []),
    (["stable-4.+1", "stable-4.-3", "x", "stable-4.1.2"], []),
  ])
  func namesTheChannelsBetween(channels: [String], expected: [String]) {
    #expect(ReleaseChannel.between(channels.map { ReleaseChannel($0) }) == expected)
  }

  @Test(arguments: [
    ("stable-4.18", true), ("4-scos-stable", true), ("a", true), ("", false), ("-a", false), (".", false),
    ("a/b", false), ("a b", false), ("a&b=c", false), ("ä", false), (String(repeating: "a", count: 101), false),
  ])
  func knowsTheNamesOfChannels(name: String, isName: Bool) {
    #expect(ReleaseChannel.isName(name) == isName)
  }
}
