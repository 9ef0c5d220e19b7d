import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// `sealift list releases` with services and files that are well, and others.
@Suite(.timeLimit(.minutes(20))) struct ListReleasesTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func list(
    _ arguments: String..., channel: String = "stable-4.2", environment: [String: String] = [:]
  ) throws -> ToolResult {
    try Program.run(["list", "releases", "--channel", channel] + arguments, environment: environment)
  }

  /// A service that answers with the graph where it is asked for the right one.
  private func service() throws -> HTTPDouble {
    try HTTPDouble { request in
      let isKnown = request.target.contains("arch=amd64") && request.target.contains("channel=stable-4.2")
      return .whole(200, [:], Array((isKnown ? GraphFile.text : #"{"nodes":[],"edges":[]}"#).utf8))
    }
  }

  @Test func showsTheReleasesOfAChannel() throws {
    let result = try list("--graph-file", GraphFile(directory).path)
    #expect(result.status == 0, "\(result.errors)")
    let path = directory("amd64-stable-4.2.json")
    #expect(
      result.output == """
        channel  stable-4.2 for amd64, 4 releases
        source   \(path)
        head     4.2.1

        VERSION  PAYLOAD
        4.1.0    \(GraphFile.payload("4.1.0"))
        4.1.1    \(GraphFile.payload("4.1.1"))
        4.2.0    \(GraphFile.payload("4.2.0"))
        4.2.1    \(GraphFile.payload("4.2.1"))

        """)
  }

  @Test func showsThePathToTheHeadAndItsConditions() throws {
    _ = try GraphFile(directory)
    let result = try list("--graph-file", directory.path, "--version", "4.1.1")
    #expect(
      result.output.contains(
        """
        path     4.1.1 -> 4.2.0
                 4.2.0 -> 4.2.1  conditional: Loss (https://risks.example/loss)

        FROM 4.1.1 TO  CONDITIONS  PAYLOAD
        4.2.0          none        \(GraphFile.payload("4.2.0"))

        """), "\(result.output)\(result.errors)")
    #expect(try list("--graph-file", directory.path, "--version", "4.2.1").output.contains("4.2.1 is the head\n"))
  }

  @Test func printsJSON() throws {
    let output = try list("--graph-file", GraphFile(directory).path, "--version", "4.2.0", "--json").output
    let document = try JSONReader.value(Array(output.utf8), source: "the output")
    #expect(document["head"]?.text == "4.2.1")
    #expect(document["releases"]?.elements?.map { $0["version"]?.text } == ["4.1.0", "4.1.1", "4.2.0", "4.2.1"])
    let step = try #require(document["path"]?.elements?.first)
    #expect(step["kind"]?.text == "conditional")
    #expect(step["risks"]?.elements?.first?["message"]?.text == "Data can be lost.")
    #expect(document["upgrades"] == document["path"])
  }

  @Test(arguments: ["--graph-url", "UPDATE_URL_OVERRIDE"]) func asksTheServiceThatIsNamed(way: String) throws {
    let service = try service()
    let url = "http://\(service.address)/graph"
    let result =
      way == "--graph-url"
      ? try list(way, "\(url)?a=b") : try list(environment: [way: "\(url)?a=b"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("source   \(url)\nhead     4.2.1\n"))
    #expect(service.requests.map(\.target) == ["/graph?a=b&arch=amd64&channel=stable-4.2"])
    #expect(service.requests.first?.headers["accept"] == "application/json")
  }

  @Test func goesThroughTheProxy() throws {
    let proxy = try service()
    let result = try list(
      "--graph-url", "http://service.example/graph", environment: ["HTTP_PROXY": "http://\(proxy.address)"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(proxy.requests.first?.target.hasPrefix("http://service.example/graph?arch=") == true)
  }

  @Test func triesAgainWhatMayPass() throws {
    let count = Counter()
    let service = try HTTPDouble { _ in
      count.next() == 0 ? .whole(503) : .whole(200, [:], Array(GraphFile.text.utf8))
    }
    #expect(try list("--graph-url", "http://\(service.address)").status == 0)
    #expect(count.value == 2)
  }

  @Test func anUnknownChannelOrArchitectureIsAnError() throws {
    let service = try service()
    let url = "http://\(service.address)/graph"
    expectFailure(
      try list("--graph-url", url, channel: "stabel-4.2"), .notFound,
      "\(service.address) knows no channel stabel-4.2 for amd64", next: "stable-4.18")
    expectFailure(
      try list("--graph-url", url, "--arch", "s390x"), .notFound, "no channel stable-4.2 for s390x")
    expectFailure(try list("--arch", "sparc"), .usage, "'--arch' must be one of amd64, arm64")
    expectFailure(try list(channel: "a b"), .usage, "'a b' is not the name of a channel")
    expectFailure(
      try list("--graph-file", GraphFile(directory).path, "--version", "4.2.9"), .notFound,
      "the version 4.2.9 is not in the channel stable-4.2, which has 4 versions from 4.1.0 to 4.2.1; the nearest is 4.2.1"
    )
    expectFailure(
      try list("--graph-file", directory.path, "--version", "4.2"), .usage, "'4.2' is not a version of three numbers")
  }

  @Test func aFileOfAnotherChannelIsAnError() throws {
    let path = try GraphFile(directory).path
    expectFailure(
      try list("--graph-file", path, channel: "stable-4.3"), .notFound,
      "\(path) is not the graph of the channel stable-4.3", next: "amd64-stable-4.3.json")
    expectFailure(
      try list("--graph-file", directory.path, channel: "stable-4.3"), .notFound,
      "\(directory.path) holds no graph of the channel stable-4.3 for amd64", next: "amd64-stable-4.2.json")
    expectFailure(try list("--graph-file", directory("nowhere")), .notFound, directory("nowhere"))
  }

  @Test(arguments: [
    (200, "<html><title>Log in</title>", "is a web page, and no update graph"),
    (200, "{", "at byte 1"),
    (400, #"{"kind":"missing_params"}"#, "answered 400 for the update graph of stable-4.2"),
  ])
  func refusesOtherAnswers(status: Int, body: String, problem: String) throws {
    let service = try HTTPDouble { _ in .whole(status, [:], Array(body.utf8)) }
    expectFailure(try list("--graph-url", "http://\(service.address)/graph"), .protocol, problem)
  }

  @Test func anAnswerWithoutAnEndIsAnError() throws {
    let service = try HTTPDouble { _ in .endless(200, chunk: [UInt8](repeating: 32, count: 1 << 20)) }
    expectFailure(
      try list("--graph-url", "http://\(service.address)/graph"), .protocol, service.address, "more than 64 MiB")
  }

  @Test func aServiceThatIsDownOrHasNothingIsAnError() throws {
    let gone = try HTTPDouble { _ in .whole(404) }
    let url = "http://\(gone.address)/graph"
    expectFailure(
      try list("--graph-url", url), .notFound, "\(gone.address) has nothing at \(url)", next: "--graph-file")
    let ill = try HTTPDouble { _ in .reset }
    expectFailure(try list("--graph-url", "http://\(ill.address)/graph", "--retries", "0"), .network, ill.address)
    expectFailure(try list("--graph-url", "gopher://a/b"), .usage, "--graph-url: 'gopher://a/b'")
    expectFailure(try list(environment: ["UPDATE_URL_OVERRIDE": "no url"]), .configuration, "UPDATE_URL_OVERRIDE")
  }

  @Test func nothingInAGraphSteersTheTerminal() throws {
    let text = GraphFile.text.replacing("Loss", with: #"Lo\u001b[31mss"#)
    try FileSystem.write(Array(text.utf8), to: directory("graph.json"))
    for more in [[], ["--json"]] {
      let result = try Program.run(
        ["list", "releases", "--channel", "stable-4.2", "--graph-file", directory("graph.json"), "--version", "4.1.1"]
          + more)
      #expect(result.status == 0)
      #expect(!(result.output + result.errors).contains("\u{1B}"))
    }
  }
}
