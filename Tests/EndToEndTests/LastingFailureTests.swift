import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// A server that fails at one thing for ever and answers for others does not sink the rest; one that is away does.
struct LastingFailureTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let app: Descriptor
  private let other: Descriptor

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    app = try layout.image([layout.layer(seed: 1, size: 500)])
    other = try layout.image([layout.layer(seed: 2, size: 500)])
  }

  /// A registry that has both images.
  private func registry(
    fault: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply? = { _ in nil }
  ) throws -> RegistryDouble {
    let registry = try RegistryDouble(fault: fault)
    try registry.add(app, from: layout, to: "team/app", tag: "1")
    try registry.add(other, from: layout, to: "team/other", tag: "1")
    return registry
  }

  private func pack(_ source: RegistryDouble, _ more: String...) throws -> ToolResult {
    let names = ["app", "other"].flatMap { ["--image", "\(source.address)/team/\($0):1"] }
    return try Program.run(
      ["pack", "--unsigned", "--src-tls-verify=false", "--retries", "0", "-o", directory("a.tar.zst")] + names + more)
  }

  private func unpack(_ target: RegistryDouble, _ more: String..., input: String? = nil) throws -> ToolResult {
    try Program.run(
      [
        "unpack", input == nil ? directory("a.tar.zst") : "-", target.address, "--allow-unsigned",
        "--dest-tls-verify=false", "--retries", "0", "--receipt", directory("receipt.json"),
      ] + more, input: input)
  }

  private func refused() throws -> [String] {
    let receipt = try JSONReader.value(FileSystem.read(directory("receipt.json"), limit: 1 << 20), source: "it")
    return receipt["refused"]?.elements?.compactMap { $0["name"]?.text } ?? []
  }

  /// What fails of `team/other` at a target.
  enum Part: CaseIterable {
    case manifest, manifestWhateverIsAsked, blob, tag

    func matches(_ request: HTTPDouble.Request, _ digest: Digest) -> Bool {
      let isPut = request.method == "PUT"
      return switch self {
      case .manifest: isPut && request.path.hasPrefix("/v2/team/other/manifests/")
      case .manifestWhateverIsAsked:
        request.path == "/v2/team/other/manifests/\(digest)" || request.path == "/v2/team/other/manifests/1"
      case .blob: isPut && request.path.hasPrefix("/v2/team/other/blobs/")
      case .tag: isPut && request.path == "/v2/team/other/manifests/1"
      }
    }
  }

  @Test(arguments: Part.allCases, [500, 503]) func oneThingThatFailsForEverIsLeftOut(part: Part, status: Int) throws {
    try #require(try pack(registry()).status == 0)
    let digest = other.digest
    let target = try RegistryDouble { part.matches($0, digest) ? .whole(status) : nil }
    let plain = try unpack(target)
    #expect(plain.status == 69, "\(plain.errors)")
    for input in [nil, directory("a.tar.zst")] {
      let result = try unpack(target, "--keep-going", input: input)
      #expect(result.status == 2 && result.errors.contains("answered \(status)"), "\(result.errors)")
      #expect(target.content.tags == ["team/app:1"])
      #expect(try refused() == [part == .tag ? "team/other:1" : "team/other@\(other.digest)"])
    }
  }

  @Test func itIsWaitedForBefore() throws {
    try #require(try pack(registry()).status == 0)
    let digest = other.digest
    let target = try RegistryDouble { Part.manifest.matches($0, digest) ? .whole(503) : nil }
    let result = try unpack(target, "--keep-going", "--patience", "1s")
    #expect(result.status == 2, "\(result.errors)")
    // Without patience it is sent once.
    #expect(target.requests.count { Part.manifest.matches($0, digest) } > 1)
  }

  @Test func aRegistryThatIsAwayIsAnError() throws {
    try #require(try pack(registry()).status == 0)
    // It fails from the first manifest on.
    let isAway = Shared(false)
    let target = try RegistryDouble { request in
      isAway.with { isAway in
        if request.method == "PUT", request.path.contains("/manifests/") { isAway = true }
        return isAway ? .whole(503) : nil
      }
    }
    let result = try unpack(target, "--keep-going")
    #expect(result.status == 69, "\(result.errors)")
    #expect(target.content.tags == [])
    // One that takes uploads, and not one manifest, has nothing in the end either.
    let full = try RegistryDouble { request in
      request.method == "PUT" && request.path.contains("/manifests/") ? .whole(500) : nil
    }
    let nothing = try unpack(full, "--keep-going")
    #expect(nothing.status == 69 && full.content.tags == [], "\(nothing.errors)")
  }

  @Test(arguments: [500, 503]) func anImageThatItsSourceNeverGivesIsLeftOut(status: Int) throws {
    let source = try registry { request in
      request.path == "/v2/team/other/manifests/1" ? .whole(status) : nil
    }
    let plain = try pack(source)
    #expect(plain.status == 69 && plain.errors.contains("--keep-going"), "\(plain.errors)")
    let result = try pack(source, "--keep-going", "--json")
    #expect(result.status == 2 && result.errors.contains("answered \(status)"), "\(result.errors)")
    let report = try JSONReader.value(Array(result.output.utf8), source: "the report")
    #expect(CatalogJob.planned(report) == ["team/app:1 \(app.digest)"])
    // All that is asked of it fails.
    let away = try registry { request in
      request.path.hasPrefix("/v2/team/other/") ? .whole(status) : nil
    }
    let refused = try pack(away, "--keep-going")
    #expect(refused.status == 69 && !refused.errors.contains("--keep-going"), "\(refused.errors)")
  }
}
