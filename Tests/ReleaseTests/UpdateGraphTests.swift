import Diagnostics
import OCI
import Release
import SystemIO
import TestSupport
import Testing
import Versions

@Suite struct UpdateGraphTests {
  @Test func readsAnAnswer() throws {
    let graph = try UpdateGraph(
      Array(
        """
        {"version":1,"later":{"x":[null]},
         "conditionalEdges":[{"edges":[{"from":"4.2.0","to":"4.10.0"},{"from":"4.2.0","to":"4.99.0"}],"more":1,
           "risks":[{"name":"A","message":"a","url":"https://a","matchingRules":[{"type":"Always"}]}]}],
         "edges":[[1,0],[1,2],[0,2]],
         "nodes":[
          {"version":"4.10.0","payload":"\(GraphFixture.payload("4.10.0"))","metadata":{"url":"https://e",
           "io.openshift.upgrades.graph.release.channels":"stable-4.10,fast-4.10"}},
          {"version":"4.2.0","payload":"\(GraphFixture.payload("4.2.0"))"},
          {"version":"4.10.0-rc.1","payload":"\(GraphFixture.payload("4.10.0-rc.1"))","metadata":null}]}
        """.utf8), source: "graph")
    #expect(graph.releases.map(\.version.description) == ["4.2.0", "4.10.0-rc.1", "4.10.0"])
    let head = try #require(graph.releases.last)
    #expect(head.payload.description == GraphFixture.payload("4.10.0"))
    #expect(head.url == "https://e")
    #expect(head.channels == ["stable-4.10", "fast-4.10"])
    // Conditions count more, and what leads out of the graph leads nowhere.
    #expect(notation(graph.upgrades(from: try version("4.2.0"))) == ["4.2.0?4.10.0(A)", "4.2.0>4.10.0-rc.1"])
  }

  @Test(arguments: [
    #"{"nodes":[]}"#, #"{"nodes":[],"edges":null,"conditionalEdges":null}"#, " \n{\"edges\":[],\"nodes\":[]}\n",
  ])
  func aChannelThatDoesNotExistHasNoReleases(text: String) throws {
    #expect(try UpdateGraph(Array(text.utf8), source: "graph").releases.isEmpty)
  }

  private static let node = #"{"version":"4.1.0","payload":"\#(GraphFixture.payload("4.1.0"))"}"#

  @Test(arguments: [
    ("", "graph is no JSON, and so no update graph"),
    ("  <!DOCTYPE html><html>", "graph is a web page, and no update graph"),
    ("[]", "graph is no JSON, and so no update graph"),
    ("Bad Gateway", "graph is no JSON, and so no update graph"),
    ("{}", "graph has no nodes, and so is no update graph"),
    (#"{"kind":"invalid_params","value":"mandatory"}"#, "graph has no nodes, and so is no update graph"),
    (#"{"nodes":[]"#, "',' or '}' is expected"),
    (#"{"nodes":[]} x"#, "something after the end"),
    (#"{"nodes":[],"nodes":[]}"#, "the name 'nodes' stands twice"),
    (#"{"nodes":{}}"#, "an array is expected"),
    (#"{"nodes":[{}]}"#, "a node has no version"),
    (#"{"nodes":[{"version":"4.1"}]}"#, "'4.1' is not a semantic version"),
    (#"{"nodes":[{"version":"v4.1.0"}]}"#, "'v4.1.0' is not a semantic version"),
    (#"{"nodes":[{"version":4}]}"#, "a string is expected"),
    (#"{"nodes":[{"version":"4.1.0"}]}"#, "the node of 4.1.0 has no payload"),
    (#"{"nodes":[{"version":"4.1.0","payload":"quay.io/a/b:4.1.0"}]}"#, "is not named by its digest"),
    (#"{"nodes":[{"version":"4.1.0","payload":"quay.io/a/b@sha256:12"}]}"#, "'quay.io/a/b@sha256:12'"),
    (#"{"nodes":[\#(node),\#(node)]}"#, "the version 4.1.0 stands twice"),
    (#"{"nodes":[\#(node)],"edges":[[0,1]]}"#, "graph has an edge from node 0 to node 1, and 1 nodes"),
    (#"{"nodes":[\#(node)],"edges":[[-1,0]]}"#, "graph has an edge from node -1 to node 0, and 1 nodes"),
    (#"{"nodes":[\#(node)],"edges":[[0]]}"#, "an edge has 1 ends"),
    (#"{"nodes":[\#(node)],"edges":[[0,99999999999999999999]]}"#, "is not a whole number of 64 bits"),
    (#"{"nodes":[],"conditionalEdges":[{"edges":[{"from":"4.1.0"}]}]}"#, "lacks one of its ends"),
    (#"{"nodes":[],"conditionalEdges":[{"edges":[{"from":"a","to":"b"}],"risks":[]}]}"#, "has no risks"),
    (#"{"nodes":[],"conditionalEdges":[{"edges":[],"risks":[{"url":"u"}]}]}"#, "a risk has no name"),
  ])
  func refusesWhatIsNoGraph(text: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try UpdateGraph(Array(text.utf8), source: "graph") }
    #expect(error?.code == .protocol)
    #expect(
      error?.problem.hasPrefix("graph") == true && error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
  }

  @Test func boundsWhatItReads() {
    let releases = (0...10_000).map { "4.1.\($0)" }
    #expect(throws: SealiftError.self) { try GraphFixture(versions: releases).graph() }
    let edges = #"{"nodes":[],"edges":["# + String(repeating: "[0,0],", count: 1_000_000) + "[0,0]]}"
    let error = #expect(throws: SealiftError.self) { try UpdateGraph(Array(edges.utf8), source: "graph") }
    #expect(error?.problem.contains("more than 1000000 upgrades") == true)
    let twice = (0..<2).map { part in
      let risks = (0..<60).map { #"{"name":"r\#(part)-\#($0)"}"# }.joined(separator: ",")
      return #"{"edges":[{"from":"4.1.0","to":"4.2.0"}],"risks":[\#(risks)]}"#
    }
    let risky = GraphFixture(versions: ["4.1.0", "4.2.0"]).text
      .replacing(#""conditionalEdges":[]"#, with: #""conditionalEdges":[\#(twice.joined(separator: ","))]"#)
    let tooRisky = #expect(throws: SealiftError.self) { try UpdateGraph(Array(risky.utf8), source: "graph") }
    #expect(tooRisky?.problem == "graph has more than 100 risks for one upgrade")
    let huge = [UInt8](repeating: UInt8(ascii: " "), count: UpdateGraph.maxBytes + 1)
    #expect(throws: SealiftError.self) { try UpdateGraph(huge, source: "graph") }
  }

  @Test(arguments: [
    // An unconditional path is taken, however long it is.
    ("4.1.0", "4.4.0", ["4.1.0>4.2.0", "4.2.0>4.3.0", "4.3.0>4.4.0"]),
    // Of two that are as short, the one over the higher version.
    ("4.4.0", "4.7.0", ["4.4.0>4.6.0", "4.6.0>4.7.0"]),
    // Where there is none, the fewest conditions.
    ("4.7.0", "4.9.0", ["4.7.0>4.8.0", "4.8.0?4.9.0(B)"]),
    // A circle has an end.
    ("4.9.0", "4.10.0", ["4.9.0|4.10.0"]),
    ("4.1.0", "4.1.0", []),
    // Nothing leads back.
    ("4.2.0", "4.1.0", ["4.2.0|4.1.0"]),
    // What is not in the graph cannot be reached.
    ("4.11.0", "4.12.0", ["4.11.0|4.12.0"]),
    ("4.0.0", "4.1.0", ["4.0.0|4.1.0"]),
  ])
  func findsTheBestPath(from: String, to: String, expected: [String]) throws {
    let graph = try GraphFixture(
      versions: (1...11).map { "4.\($0).0" },
      upgrades: [
        "4.1.0>4.2.0", "4.2.0>4.3.0", "4.3.0>4.4.0", "4.4.0>4.5.0", "4.4.0>4.6.0", "4.5.0>4.7.0", "4.6.0>4.7.0",
        "4.7.0>4.8.0", "4.11.0>4.9.0",
      ],
      conditional: [
        ("A", ["4.1.0>4.4.0"]), ("B", ["4.8.0>4.9.0"]), ("C", ["4.9.0>4.11.0"]),
        ("D", ["4.7.0>4.10.0", "4.10.0>4.9.0"]),
      ]
    ).graph()
    #expect(notation(graph.path(from: try version(from), to: try version(to))) == expected)
  }

  @Test func joinsTheGraphsOfChannels() throws {
    let one = GraphFixture(versions: ["4.1.0", "4.2.0"], upgrades: ["4.1.0>4.2.0"])
    let other = GraphFixture(
      versions: ["4.3.0", "4.2.0", "4.1.0"], upgrades: ["4.2.0>4.3.0"], conditional: [("A", ["4.1.0>4.2.0"])])
    for graphs in [[one, other], [other, one]] {
      let joined = try UpdateGraph(joining: graphs.map { try $0.graph() })
      #expect(joined.releases.map(\.version.description) == ["4.1.0", "4.2.0", "4.3.0"])
      let path = joined.path(from: try version("4.1.0"), to: try version("4.3.0"))
      #expect(notation(path) == ["4.1.0?4.2.0(A)", "4.2.0>4.3.0"])
    }
  }

  @Test func channelsThatDisagreeOnAPayloadAreAnError() throws {
    let one = GraphFixture(versions: ["4.1.0"])
    let other = one.text.replacing(GraphFixture.payload("4.1.0"), with: GraphFixture.payload("4.1.1"))
    let error = try #require(
      throws: SealiftError.self,
      performing: {
        try UpdateGraph(joining: [one.graph(), UpdateGraph(Array(other.utf8), source: "other")])
      })
    #expect(error.problem.hasPrefix("4.1.0 is \(GraphFixture.payload("4.1.0")) in one channel"))
  }
}

/// The graph of `stable-4.13` for amd64 as the public service once sent it.
@Suite(.enabled(if: Corpus.isPresent, "\(Corpus.reason)")) struct RealGraphTests {
  private let graph: UpdateGraph

  init() throws {
    let path = Corpus.path("graph/amd64-stable-4.13.json")
    graph = try UpdateGraph(FileSystem.read(path, limit: UpdateGraph.maxBytes), source: path)
  }

  @Test func hasTheReleasesOfItsChannel() throws {
    #expect(graph.releases.count == 98)
    #expect(graph.releases.first?.version == (try version("4.12.0")))
    #expect(graph.releases.last?.version == (try version("4.13.43")))
    #expect(graph.releases.allSatisfy { $0.channels.contains("stable-4.13") && $0.payload.digest != nil })
  }

  @Test(arguments: [
    ("4.13.0", "4.13.43", ["4.13.0>4.13.43"]),
    ("4.12.0", "4.13.43", ["4.12.0>4.12.58", "4.12.58>4.13.43"]),
    (
      "4.13.18", "4.13.30",
      ["4.13.18?4.13.30(NetPolicyTimeoutsHostNetworkedPodTraffic)"]
    ),
  ])
  func hasPaths(from: String, to: String, expected: [String]) throws {
    #expect(notation(graph.path(from: try version(from), to: try version(to))) == expected)
  }

  @Test func choosesARangeAndNamesItsRisks() throws {
    let channel = ReleaseChannel("stable-4.13", minimum: try version("4.13.25"), maximum: try version("4.13.30"))
    let selection = try ReleaseSelection([channel], from: ["stable-4.13": graph])
    #expect(
      selection.releases.map(\.version.description) == [
        "4.13.25", "4.13.26", "4.13.27", "4.13.28", "4.13.29", "4.13.30",
      ])
    #expect(!selection.conditionalUpgrades.isEmpty)
    #expect(selection.notes.contains { $0.contains("AROBrokenDNSMasq") }, "\(selection.notes)")
  }
}
