import Content
import Diagnostics
import Digests
import HTTPTransport
import JSON
import Layers
import OCI
import SystemIO
import TestSupport
import Testing

@testable import Gathering

private let pool = BlockingPool(threads: 4)

/// The image of an update service's graph data.
@Suite(.timeLimit(.minutes(20))) struct GraphDataTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    let made = try runTool(
      "sh",
      [
        "-ec",
        """
        mkdir \(directory("data")); cd \(directory("data")); mkdir channels blocked-edges
        echo 1.1.0 > version; echo 'name: stable-4.18' > channels/stable-4.18.yaml; chmod 600 version
        echo 'to: 4.18.1' > blocked-edges/4.18.1-x.yaml
        """,
      ])
    try #require(made.status == 0, "\(made.errors)")
  }

  /// A tarball of the data after a script has changed it.
  private func tarball(_ script: String = "", pack: String = "tar -czf - .") throws -> String {
    let path = directory("tarball")
    let made = try runTool("sh", ["-ec", "cd \(directory("data")); \(script)\n(\(pack)) > \(path)"])
    try #require(made.status == 0, "\(made.errors)")
    return path
  }

  private func load(_ place: String) async throws -> GraphData {
    let fetcher = HTTPFetcher(HTTPOptions(), retries: 0, pool: pool)
    return try await GraphData.load(GraphData.Place(place), fetcher, directory: directory.path, pool: pool)
  }

  private func build(_ place: String, on layout: LayoutFixture) async throws -> GraphDataImage {
    try await GraphDataImage.build(
      try await load(place), on: ImageReference("registry.example/ubi:latest"),
      in: ImageRepository("ubi", of: try await OCILayout(layout.path, pool: pool)), directory: directory.path,
      pool: pool)
  }

  private func base(_ name: String = "latest") throws -> LayoutFixture {
    let layout = try LayoutFixture(directory("base"))
    let layer = try layout.layer(seed: 1, size: 1000)
    let images = try ["amd64", "arm64"].map { try layout.image([layer], architecture: $0) }
    try layout.index(images, name: name)
    return layout
  }

  @Test func theImageIsTheBaseWithTheData() async throws {
    let layout = try base()
    let built = try await build(try tarball(), on: layout)
    let root = try #require(await OCILayout(layout.path, pool: pool).entries.first)
    #expect(built.base.description == "registry.example/ubi@\(root.digest)")
    let index = try Manifest(try #require(built.image.documents.last).bytes, mediaType: nil, source: "index")
    #expect(index.children.map(\.platform?.architecture) == ["amd64", "arm64"])
    for document in built.image.documents where !document.descriptor.mediaType.isManifest {
      let config = try JSONReader.value(document.bytes, source: "config")
      #expect(
        config["config"]?["Cmd"]?.elements?.compactMap(\.text) == [
          "/bin/bash", "-c",
          "exec cp -rp /var/lib/cincinnati-graph-data/* /var/lib/cincinnati/graph-data",
        ])
    }
    let bytes = try built.layerFile.bytes(at: 0, count: try built.layerFile.size())
    #expect(SHA256Hasher.digest(of: bytes) == built.layer.descriptor.digest)
    try FileSystem.write(bytes, to: directory("layer.tar.gz"))
    let listed = try runTool("tar", ["--numeric-owner", "-tvzf", directory("layer.tar.gz")])
    let lines = listed.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(
      lines.map { "\($0[0]) \($0[1]) \($0[5])" } == [
        "drwxr-xr-x 0/0 var/", "drwxr-xr-x 0/0 var/lib/", "drwxr-xr-x 0/0 var/lib/cincinnati-graph-data/",
        "drwxr-xr-x 0/0 var/lib/cincinnati-graph-data/blocked-edges/",
        "-rw-r--r-- 0/0 var/lib/cincinnati-graph-data/blocked-edges/4.18.1-x.yaml",
        "drwxr-xr-x 0/0 var/lib/cincinnati-graph-data/channels/",
        "-rw-r--r-- 0/0 var/lib/cincinnati-graph-data/channels/stable-4.18.yaml",
        "-rw-r--r-- 0/0 var/lib/cincinnati-graph-data/version",
      ])
  }

  @Test func theSameFilesGiveTheSameImageHoweverTheyArePacked() async throws {
    let layout = try base()
    let first = try await build(try tarball(), on: layout)
    for (script, pack) in [
      ("touch -d 2020-01-01 version", "tar -cf - version channels blocked-edges"),
      ("chmod 777 channels/*", "tar --sort=name --owner=7 -c . | zstd -q"),
      ("", "bsdtar --format pax -cf - blocked-edges version channels | gzip -1"),
    ] {
      let again = try await build("file://\(try tarball(script, pack: pack))", on: layout)
      #expect(again.image.root == first.image.root)
    }
    let other = try await build(try tarball("echo 1.2.0 > version"), on: layout)
    #expect(other.image.root != first.image.root)
  }

  @Test(arguments: [
    ("ln -s /etc/passwd channels/x", "tar -czf - .", "channels/x, which is no plain file"),
    ("ln version channels/x", "tar -czf - version channels", "channels/x, which is no plain file"),
    ("mkfifo x", "tar -czf - .", "x, which is no plain file"),
    ("touch channels/.wh.x", "tar -czf - .", "a file of the name 'channels/.wh.x'"),
    ("mkdir .wh.x; touch .wh.x/a", "tar -czf - .", "a file of the name '.wh.x/a'"),
    ("", "tar -cPf - --transform s,^version,../version, version channels", "'../version'"),
    ("", "tar --hard-dereference -cf - channels version version", "has version twice"),
    ("rm version", "tar -czf - .", "is no graph data"),
    ("echo '<html>' > version", "tar -czf - .", "is no graph data"),
    ("rm -r channels", "tar -czf - .", "is no graph data"),
    ("", "cd ..; tar -czf - data", "is no graph data"),
    ("head -c 40000000 /dev/zero > channels/big", "tar -czf - .", "at most 32 MiB are read"),
    ("", "echo '<html>'", "is not a readable tar archive"),
    ("", "tar -czf - . | head -c 200", "is not a readable tar archive"),
  ])
  func whatIsNoGraphDataIsRefused(script: String, pack: String, problem: String) async throws {
    let path = try tarball(script, pack: pack)
    let error = await #expect(throws: SealiftError.self) { try await load(path) }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    #expect(error?.problem.contains(path) == true)
  }

  @Test func aTarballThatIsTooLargeIsRefused() async throws {
    let path = try tarball("head -c 40000000 /dev/urandom > channels/big")
    let error = await #expect(throws: SealiftError.self) { try await load(path) }
    #expect(error?.problem.contains("larger than 32 MiB") == true)
  }

  @Test func aBaseThatIsNotThereIsNamed() async throws {
    let layout = try base("other")
    let path = try tarball()
    let error = await #expect(throws: SealiftError.self) { try await build(path, on: layout) }
    #expect(error?.code == .notFound)
    #expect(error?.problem.contains("registry.example/ubi:latest") == true)
  }

  @Test func otherURLsAreRefused() throws {
    for text in ["ftp://x/y", "", "oci:dir://"] {
      let error = #expect(throws: SealiftError.self) { try GraphData.Place(text) }
      #expect(error?.code == .usage)
    }
  }

  @Test func theDataComesFromAServer() async throws {
    let bytes = try FileSystem.read(try tarball(), limit: 1 << 20)
    let server = try HTTPDouble { request in
      switch request.path {
      case "/graph-data": .whole(200, [:], bytes)
      case "/page": .whole(200, [:], Array("<html>".utf8))
      case "/endless": .endless(200, chunk: [UInt8](repeating: 0, count: 1 << 16))
      default: .whole(404)
      }
    }
    let data = try await load("http://\(server.address)/graph-data")
    #expect(data.entries.map(\.path) == ["blocked-edges/4.18.1-x.yaml", "channels/stable-4.18.yaml", "version"])
    for (path, code, problem) in [
      ("none", SealiftError.Code.notFound, "no graph data at"), ("page", .protocol, "is not a readable tar archive"),
      ("endless", .protocol, "more than 32 MiB"),
    ] {
      let error = await #expect(throws: SealiftError.self) { try await load("http://\(server.address)/\(path)") }
      #expect(error?.code == code)
      #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
      #expect(error?.problem.contains("http://\(server.address)/\(path)") == true)
    }
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.reason)))
  func realFilesAreGraphData() async throws {
    let made = try runTool(
      "tar", ["-czf", directory("real"), "-C", Corpus.path("graph/graph-data"), "."])
    try #require(made.status == 0, "\(made.errors)")
    #expect(try await load(directory("real")).entries.contains { $0.path == "version" })
  }
}
