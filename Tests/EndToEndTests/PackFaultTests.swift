import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Sources that lack something, break or lie while a bundle is packed.
@Suite struct PackFaultTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let key: SigningKey
  private let small: Descriptor
  private let large: Descriptor
  /// One that is compressed in the bundle, in several frames.
  private let plain: Descriptor
  private let image: Descriptor

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
    layout = try LayoutFixture(directory("layout"))
    small = try layout.layer(seed: 1, size: 5000)
    let block = LayoutFixture.noise(seed: 2, size: 50_000)
    large = try layout.blob((0..<400).flatMap { _ in block }, small.mediaType.rawValue)
    plain = try layout.blob((0..<200).flatMap { _ in block }, "application/vnd.oci.image.layer.v1.tar")
    image = try layout.image([small, large, plain], name: "team/app:v1")
  }

  private func registry(
    _ fault: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply?
  ) throws -> RegistryDouble {
    let registry = try RegistryDouble(fault: fault)
    try registry.add(image, from: layout, to: "team/app", tag: "v1")
    return registry
  }

  private func pack(from registry: RegistryDouble, retries: Int = 0) -> [String] {
    [
      "pack", "--image", "\(registry.address)/team/app:v1", "--key", key.privatePath, "--src-tls-verify=false",
      "--retries", "\(retries)", "-o", directory("a.tar.zst"),
    ]
  }

  private func blobGets(_ registry: RegistryDouble, _ blob: Descriptor) -> [String?] {
    registry.requests.filter { $0.method == "GET" && $0.path.hasSuffix("/blobs/\(blob.digest)") }
      .map { $0.headers["range"] }
  }

  @Test func aHalfFetchedBlobGoesOnByRangeAndWholeOnesAreNotFetchedAgain() throws {
    let bytes = try layout.bytes(of: large)
    let isFirst = Counter()
    let (path, size) = ("/blobs/\(large.digest)", bytes.count)
    let registry = try registry { request in
      guard request.method == "GET", request.path.hasSuffix(path), isFirst.next() == 0 else { return nil }
      return .stall(Array("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n".utf8) + bytes.prefix(18_000_000))
    }
    let run = try Run(pack(from: registry))
    let journal = directory("a.tar.zst.partial.journal")
    let isNoted = run.wait {
      let text = (try? FileSystem.read(journal, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      return text.contains("\npart 1 1") && text.contains("\nblob 0\n")
    }
    #expect(isNoted)
    run.kill()
    let result = try Program.succeed(pack(from: registry))
    #expect(result.errors.contains("goes on where it stopped"))
    let ranges = blobGets(registry, large)
    #expect(ranges.count == 2)
    let start = try #require(ranges.last??.wholeMatch(of: /bytes=([0-9]+)-/).flatMap { Int($0.1) })
    #expect(start >= 16 << 20)
    #expect(blobGets(registry, small).count == 1)
    try Program.succeed(["verify", directory("a.tar.zst"), "--trust", key.publicPath])
  }

  @Test(arguments: [(true, 0), (true, 17_000_000), (false, 0), (false, 9_999_999)])
  func wrongBytesAreFoundAndTheNextRunFetchesRightOnes(isRaw: Bool, place: Int) throws {
    let blob = isRaw ? large : plain
    var wrong = try layout.bytes(of: blob)
    wrong[place] ^= 1
    let (bytes, path, isFirst) = (wrong, "/blobs/\(blob.digest)", Counter())
    let registry = try registry { request in
      request.method == "GET" && request.path.hasSuffix(path) && isFirst.next() == 0 ? .whole(200, [:], bytes) : nil
    }
    expectFailure(try Program.run(pack(from: registry)), .protocol, blob.digest.description)
    #expect(!FileSystem.exists(directory("a.tar.zst")))
    try Program.succeed(pack(from: registry))
    try Program.succeed(["verify", directory("a.tar.zst"), "--trust", key.publicPath])
  }

  /// One way in which a source fails for the large blob.
  enum Fault: String, CaseIterable {
    case missing, denied, broken, reset, short, tooLong, endless, redirectToFile, redirectInCircles

    var code: SealiftError.Code {
      switch self {
      case .missing: .notFound
      case .denied: .denied
      case .broken, .reset: .network
      case .short, .tooLong, .endless, .redirectToFile, .redirectInCircles: .protocol
      }
    }

    func reply(_ request: HTTPDouble.Request, _ bytes: [UInt8]) -> HTTPDouble.Reply {
      switch self {
      case .missing: .whole(404)
      case .denied: .whole(401, ["WWW-Authenticate": "Basic realm=\"test\""])
      case .broken: .whole(500)
      case .reset: .reset
      case .short: .whole(200, [:], bytes.dropLast())
      case .tooLong: .whole(200, [:], bytes + [0])
      case .endless: .endless(200, chunk: [UInt8](repeating: 1, count: 65536))
      case .redirectToFile: .whole(307, ["Location": "file:///etc/passwd"])
      case .redirectInCircles: .whole(307, ["Location": request.path])
      }
    }
  }

  @Test(arguments: Fault.allCases) func aSourceThatFailsLeavesNoBundle(fault: Fault) throws {
    let (path, bytes) = ("/blobs/\(large.digest)", try layout.bytes(of: large))
    let isBroken = Shared(true)
    let registry = try registry { request in
      guard request.method == "GET", request.path.hasSuffix(path), isBroken.with({ $0 }) else { return nil }
      return fault.reply(request, bytes)
    }
    expectFailure(try Program.run(pack(from: registry)), fault.code)
    #expect(!FileSystem.exists(directory("a.tar.zst")))
    isBroken.with { $0 = false }
    try Program.succeed(pack(from: registry))
    try Program.succeed(["verify", directory("a.tar.zst"), "--trust", key.publicPath])
  }

  @Test func aSourceThatAsksForPatienceIsAskedAgain() throws {
    let (path, isFirst) = ("/blobs/\(large.digest)", Counter())
    let registry = try registry { request in
      request.method == "GET" && request.path.hasSuffix(path) && isFirst.next() == 0
        ? .whole(429, ["Retry-After": "1"]) : nil
    }
    try Program.succeed(pack(from: registry, retries: 1))
    #expect(blobGets(registry, large).count == 2)
  }

  @Test func aManifestThatLiesAboutItsDigestIsRefused() throws {
    let registry = try registry { request in
      request.path.hasSuffix("/manifests/v1")
        ? .whole(
          200,
          [
            "Content-Type": MediaType.ociManifest.rawValue,
            "Docker-Content-Digest": "sha256:\(String(repeating: "0", count: 64))",
          ], Array(#"{"schemaVersion":2}"#.utf8)) : nil
    }
    expectFailure(try Program.run(pack(from: registry)), .protocol, "digest", next: "registry")
    try #expect(FileSystem.list(directory.path) == ["layout", "signer.key", "signer.pub"])
  }

  @Test func schemaOneIsRefusedByName() throws {
    let registry = try registry { request in
      request.path.hasSuffix("/manifests/v1")
        ? .whole(
          200, ["Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws"],
          Array(#"{"schemaVersion":1,"name":"team/app","tag":"v1","fsLayers":[],"history":[]}"#.utf8)) : nil
    }
    expectFailure(try Program.run(pack(from: registry)), .protocol, "schema")
    try #expect(FileSystem.list(directory.path) == ["layout", "signer.key", "signer.pub"])
  }

  @Test func credentialsStayWithTheRegistryThatTheyAreFor() throws {
    let bytes = try layout.bytes(of: large)
    let other = try HTTPDouble { _ in .whole(200, [:], bytes) }
    let (path, address) = ("/blobs/\(large.digest)", other.address)
    let registry = try registry { request in
      if request.headers["authorization"] == nil {
        return .whole(401, ["WWW-Authenticate": "Basic realm=\"test\""])
      }
      return request.method == "GET" && request.path.hasSuffix(path)
        ? .whole(307, ["Location": "http://\(address)/elsewhere?signature=canary"]) : nil
    }
    let credentials = directory("signer-auth.json")
    // user:canary-password
    let auths = #"{"auths":{"\#(registry.address)":{"auth":"dXNlcjpjYW5hcnktcGFzc3dvcmQ="}}}"#
    try FileSystem.write(Array(auths.utf8), to: credentials)
    let result = try Program.succeed(pack(from: registry) + ["--authfile", credentials])
    #expect(other.requests.count == 1)
    #expect(other.requests.first?.headers["authorization"] == nil)
    #expect(!(result.errors + result.output).contains("canary"))
    #expect(!(result.errors + result.output).contains("dXNlcjpj"))
  }

  @Test func referrersComeByTheAPI() throws {
    let referrer = try layout.image([layout.layer(seed: 9, size: 100)], subject: image)
    let second = try layout.image([layout.layer(seed: 10, size: 100)], subject: referrer)
    let registry = try registry { _ in nil }
    for each in [referrer, second] { try registry.add(each, from: layout, to: "team/app") }
    try Program.succeed(pack(from: registry))
    let images = try inspected(directory("a.tar.zst"))["images"]?.elements ?? []
    #expect(
      images.map { $0["digest"]?.text } == [image, referrer, second].map(\.digest.description))
    try Program.succeed(pack(from: registry) + ["--no-referrers"])
    #expect(try inspected(directory("a.tar.zst"))["images"]?.elements?.count == 1)
    #expect(!registry.requests.contains { $0.path.contains("/sha256-") && $0.path.hasSuffix(".image") })
  }
}
