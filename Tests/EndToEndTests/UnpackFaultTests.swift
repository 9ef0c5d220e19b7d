import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Targets that refuse, break or lie, and bundles that were damaged on their way.
@Suite struct UnpackFaultTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let key: SigningKey
  private let large: Descriptor
  private let image: Descriptor
  private let bundle: String

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
    layout = try LayoutFixture(directory("layout"))
    let small = try layout.layer(seed: 1, size: 5000)
    let block = LayoutFixture.noise(seed: 2, size: 50_000)
    large = try layout.blob((0..<100).flatMap { _ in block }, small.mediaType.rawValue)
    image = try layout.image([small, large], name: "team/app:v1")
    let referrer = try layout.image([layout.layer(seed: 9, size: 100)], subject: image)
    try layout.list(referrer)
    bundle = directory("a.tar.zst")
    try Program.succeed([
      "pack", "--image", "oci:\(layout.path):team/app:v1", "--key", key.privatePath, "-o", bundle,
    ])
  }

  private func unpack(
    _ target: String, isPipe: Bool, retries: Int = 0, _ more: [String] = []
  ) throws -> ToolResult {
    let arguments =
      ["unpack", isPipe ? "-" : bundle, target, "--trust", key.publicPath, "--dest-tls-verify=false"]
      + ["--retries", "\(retries)", "--receipt", directory("receipt.json")] + more
    return try Run(arguments, under: isPipe ? piped(bundle) : []).result()
  }

  /// One way in which a target fails.
  enum Fault: String, CaseIterable {
    case full, denied, deniedLate, reset, wrongManifestDigest, noUploads, tagRefused

    var codes: [SealiftError.Code] {
      switch self {
      case .full, .reset, .tagRefused: [.network, .again]
      case .denied, .deniedLate, .noUploads: [.denied]
      case .wrongManifestDigest: [.protocol]
      }
    }

    func reply(_ request: HTTPDouble.Request, hasUploaded: Bool) -> HTTPDouble.Reply? {
      let isUpload = request.path.contains("/blobs/uploads/")
      let isManifest = request.method == "PUT" && request.path.contains("/manifests/")
      let isTag = isManifest && !request.path.contains("/manifests/sha256:")
      switch self {
      case .full where isUpload && request.body.count > 10_000:
        return .whole(500, ["Content-Type": "application/json"], Array(Self.noSpace.utf8))
      case .denied where isUpload: return .whole(403)
      case .deniedLate where hasUploaded: return .whole(401, ["WWW-Authenticate": "Basic realm=\"test\""])
      case .reset where isUpload && request.body.count > 10_000: return .reset
      case .wrongManifestDigest where isManifest:
        return .whole(201, ["Docker-Content-Digest": "sha256:\(String(repeating: "0", count: 64))"])
      case .noUploads where isUpload: return .whole(405)
      case .tagRefused where isTag: return .whole(503)
      default: return nil
      }
    }

    private static let noSpace = #"{"errors":[{"code":"UNKNOWN","message":"write /data: no space left on device"}]}"#
  }

  @Test(arguments: Fault.allCases, [false, true]) func aTargetThatFailsGetsNoTag(fault: Fault, isPipe: Bool) throws {
    let isBroken = Shared(true)
    let uploads = Counter()
    let registry = try RegistryDouble { request in
      guard isBroken.with({ $0 }) else { return nil }
      if request.method == "PUT", request.path.contains("/blobs/uploads/") { uploads.next() }
      return fault.reply(request, hasUploaded: uploads.value > 1)
    }
    let result = try unpack(registry.address, isPipe: isPipe)
    #expect(fault.codes.map(\.rawValue).contains(result.status), "\(result.errors)")
    expectFailure(result, SealiftError.Code(rawValue: result.status), registry.address)
    if fault == .full { #expect(result.errors.contains("no space left on device")) }
    #expect(registry.content.tags.isEmpty)
    let receipt = try Receipt(directory("receipt.json"))
    #expect(receipt.failure?.contains(registry.address) == true)
    #expect(receipt.tags.isEmpty)

    isBroken.with { $0 = false }
    let again = try unpack(registry.address, isPipe: isPipe)
    #expect(again.status == 0, "\(again.errors)")
    #expect(registry.content.tags == ["team/app:v1"])
    #expect(try Receipt(directory("receipt.json")).failure == nil)
    for blob in [large, image] {
      #expect(registry.content.blobs["team/app@\(blob.digest)"] != nil || blob.digest == image.digest)
    }
  }

  @Test(arguments: [false, true]) func aDamagedBodyIsFoundBeforeItsUploadIsCompleted(isPipe: Bool) throws {
    let bytes = try FileSystem.read(bundle, limit: 1 << 30)
    let content = try layout.bytes(of: large)
    // Well inside the large layer, in the middle of a raw block.
    let start = try #require(bytes.firstRange(of: content[0..<64]))
    try File(bundle, .update).write([bytes[start.lowerBound + 1000] ^ 1], at: start.lowerBound + 1000)
    let registry = try RegistryDouble()
    let result = try unpack(registry.address, isPipe: isPipe)
    expectFailure(result, .corrupt, large.digest.hex, "at byte", next: "copy the bundle again")
    #expect(registry.content.tags.isEmpty)
    #expect(registry.content.blobs["team/app@\(large.digest)"] == nil)
    #expect(registry.content.manifests["team/app@\(image.digest)"] == nil)
    // No request has brought the whole of the wrong content.
    #expect(
      registry.requests.allSatisfy { !$0.target.contains("digest=\(large.digest)") || $0.body.count < large.size })
  }

  @Test(arguments: [0.2, 0.9, 0.9999], [false, true])
  func aBundleThatWasCutGivesNoTag(part: Double, isPipe: Bool) throws {
    let file = try File(bundle, .update)
    try file.truncate(to: Int(Double(try file.size()) * part))
    let registry = try RegistryDouble()
    expectFailure(try unpack(registry.address, isPipe: isPipe), .corrupt, next: "copy the bundle again")
    #expect(registry.content.tags.isEmpty)
    if !isPipe { #expect(registry.requests.allSatisfy { $0.method == "GET" || $0.method == "HEAD" }) }
  }

  @Test(arguments: [false, true]) func whatFollowsTheBundleGivesNoTag(isPipe: Bool) throws {
    let file = try File(bundle, .update)
    try file.write([0], at: file.size())
    let registry = try RegistryDouble()
    expectFailure(try unpack(registry.address, isPipe: isPipe), .corrupt)
    #expect(registry.content.tags.isEmpty)
  }

  @Test func chunksAreAsLargeAsWasAskedFor() throws {
    for isPipe in [false, true] {
      let registry = try RegistryDouble()
      let result = try unpack(registry.address, isPipe: isPipe, ["--chunk-size", "1MiB"])
      #expect(result.status == 0, "\(result.errors)")
      let chunks = registry.requests.filter { $0.method == "PATCH" }.map(\.body.count)
      #expect(chunks.max() == 1 << 20)
      #expect(chunks.reduce(0, +) >= large.size)
      #expect(registry.content.blobs["team/app@\(large.digest)"]?.count == large.size)
    }
  }

  @Test func whatATargetRefusesAsTooLargeGoesInChunks() throws {
    let registry = try RegistryDouble { $0.body.count > 2 << 20 ? .whole(413) : nil }
    let result = try unpack(registry.address, isPipe: false)
    #expect(result.status == 0, "\(result.errors)")
    #expect(registry.content.blobs["team/app@\(large.digest)"]?.count == large.size)
  }

  @Test func aTargetThatFailsOnceIsAskedAgain() throws {
    let isFirst = Counter()
    let registry = try RegistryDouble { request in
      request.path.contains("/blobs/uploads/") && request.body.count > 10_000 && isFirst.next() == 0
        ? .whole(503) : nil
    }
    for isPipe in [false, true] {
      let result = try unpack(registry.address, isPipe: isPipe, retries: 2)
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test(arguments: [false, true]) func aTargetThatIsAwayForATimeIsWaitedFor(isPipe: Bool) throws {
    let counter = Counter()
    let registry = try RegistryDouble { request in
      guard request.body.count > 10_000 || counter.value > 0, counter.next() < 8 else { return nil }
      return .whole(503)
    }
    let result = try unpack(registry.address, isPipe: isPipe, ["--patience", "10m", "--parallel", "1"])
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.errors.split(separator: "\n").filter { $0.contains("it is waited for, up to 10 minutes") }
    #expect(lines.count == 1, "\(result.errors)")
    #expect(lines.first?.hasPrefix("warning: \(registry.address)") == true)
    #expect(registry.content.tags == ["team/app:v1"])
  }

  @Test(arguments: [false, true], [0, 1]) func everySecondRequestMayFail(isPipe: Bool, first: Int) throws {
    let counter = Counter()
    let registry = try RegistryDouble { request in
      request.path != "/v2/" && counter.next() % 2 == first ? .whole(503) : nil
    }
    let result = try unpack(registry.address, isPipe: isPipe, retries: 5, ["--parallel", "1"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(registry.content.tags == ["team/app:v1"])
  }

  @Test func referrersNeedNoFallbackTagWhereTheTargetHasTheAPI() throws {
    let source = try RegistryDouble()
    try source.add(image, from: layout, to: "team/app", tag: "v1")
    let referrer = try layout.image([layout.layer(seed: 9, size: 100)], subject: image)
    try source.add(referrer, from: layout, to: "team/app")
    try Program.succeed([
      "pack", "--image", "\(source.address)/team/app@\(image.digest)", "--src-tls-verify=false", "--key",
      key.privatePath, "-o", bundle,
    ])
    let registry = try RegistryDouble()
    let result = try unpack(registry.address, isPipe: false)
    #expect(result.status == 0, "\(result.errors)")
    #expect(registry.content.tags == ["team/app:\(image.digest.tag)"])
    #expect(registry.content.manifests["team/app@\(referrer.digest)"] != nil)

    let fallback = try RegistryServer()
    try Program.succeed([
      "unpack", bundle, "\(fallback.address)/p", "--trust", key.publicPath, "--dest-tls-verify=false",
    ])
    let storage = RegistryStorage(fallback)
    #expect(storage.digest(of: "\(image.digest.tag).image", in: "p/team/app") == image.digest)
    let list = try #require(storage.digest(of: image.digest.tag, in: "p/team/app"))
    let index = try FileSystem.read(storage.path(of: list), limit: 1 << 20)
    #expect(String(decoding: index, as: UTF8.self).contains(referrer.digest.description))
  }
}
