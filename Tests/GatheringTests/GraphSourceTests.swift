import Content
import Diagnostics
import Gathering
import HTTPTransport
import Release
import SystemIO
import TestSupport
import Testing
import Versions

/// Choosing releases from graphs in a directory.
@Suite struct GraphSourceTests {
  private let directory: TemporaryDirectory
  private let source: GraphSource

  init() throws {
    directory = try TemporaryDirectory()
    var options = ReleaseOptions()
    options.graphFile = directory.path
    let fetcher = HTTPFetcher(HTTPOptions(), retries: 0, pool: BlockingPool(threads: 1))
    source = try GraphSource(options, RegistryAccess(environment: [:]), fetcher)
    try save(["4.1.0", "4.1.1"], [[0, 1]], as: "amd64-stable-4.1")
    try save(["4.3.0", "4.3.1"], [[0, 1]], as: "amd64-stable-4.3")
  }

  private func save(_ versions: [String], _ upgrades: [[Int]], as name: String) throws {
    let nodes = versions.map { #"{"version":"\#($0)","payload":"\#(GraphFile.payload($0))"}"# }
    let text = #"{"nodes":[\#(nodes.joined(separator: ","))],"edges":\#(upgrades)}"#
    try FileSystem.write(Array(text.utf8), to: directory("\(name).json"))
  }

  private func choose(_ channels: ReleaseChannel...) async throws -> [[String]] {
    try await source.choose(channels, for: .amd64).map { $0.releases.map(\.version.description) }
  }

  @Test func takesThePathThroughTheChannelsBetween() async throws {
    try save(["4.1.1", "4.2.0", "4.3.1"], [[0, 1], [1, 2]], as: "amd64-stable-4.2")
    let chosen = try await choose(ReleaseChannel("stable-4.1"), ReleaseChannel("stable-4.3"))
    #expect(chosen == [["4.1.1", "4.2.0", "4.3.1"]])
  }

  @Test func aChannelBetweenMayBeMissing() async throws {
    let channels = [ReleaseChannel("stable-4.1"), ReleaseChannel("stable-4.3")]
    let selection = try #require(try await source.choose(channels, for: .amd64).first)
    #expect(selection.releases.map(\.version.description) == ["4.1.1", "4.3.1"])
    #expect(selection.notes == ["no upgrade path leads from 4.1.1 to 4.3.1"])
  }

  @Test func choosesEachKindOnItsOwn() async throws {
    let okd = ReleaseChannel("stable-4.3", kind: .okd, minimum: SemanticVersion("4.3.0"))
    #expect(try await choose(okd, ReleaseChannel("stable-4.1")) == [["4.1.1"], ["4.3.0", "4.3.1"]])
  }

  @Test func aChannelThatIsAskedForMustBeThere() async throws {
    let error = await #expect(throws: SealiftError.self) {
      try await choose(ReleaseChannel("stable-4.1"), ReleaseChannel("stable-4.4"))
    }
    #expect(error?.code == .notFound)
    #expect(error?.problem == "\(directory.path) holds no graph of the channel stable-4.4 for amd64")
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"nodes\":["])
  func aServiceThatFallsSilentIsGivenUp(start: String) async throws {
    let service = try HTTPDouble { _ in .stall(Array(start.utf8)) }
    var options = ReleaseOptions()
    options.graphURL = "http://\(service.address)/graph"
    let fetcher = HTTPFetcher(HTTPOptions(stallSeconds: 2), retries: 1, pool: BlockingPool(threads: 1))
    let source = try GraphSource(options, RegistryAccess(environment: [:]), fetcher)
    let error = await #expect(throws: SealiftError.self) {
      try await source.choose([ReleaseChannel("stable-4.1")], for: .amd64)
    }
    #expect(error?.code == .network)
    #expect(error?.problem == "\(service.address) stopped sending and receiving")
    #expect(service.requests.count == 2)
  }
}
