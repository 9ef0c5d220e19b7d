import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Registries that serve manifests wrongly, or know more than a real one here does.
@Suite(.timeLimit(.minutes(20)))
struct ManifestFaultTests {
  private let bytes = sampleManifest(config: SampleBlob.random(10).descriptor, layers: [])
  private var digest: Digest { SHA256Hasher.digest(of: bytes) }

  private func client(_ double: HTTPDouble) -> RegistryClient {
    RegistryClient(double.address, options: doubleOptions(retries: 0))
  }

  private func double(_ answer: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply) throws -> HTTPDouble {
    try HTTPDouble { request in request.path == "/v2/" ? .whole(200) : answer(request) }
  }

  private let type = ["Content-Type": "application/vnd.oci.image.manifest.v1+json; charset=utf-8"]

  @Test func wrongBytesUnderADigestAreRefused() async throws {
    let other = sampleManifest(config: SampleBlob.random(11).descriptor, layers: [])
    let (double, digest) = (try double { _ in .whole(200, type, other) }, digest)
    let error = await #expect(throws: SealiftError.self) {
      try await client(double).manifest(.digest(digest), in: "app")
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains(SHA256Hasher.digest(of: other).description) == true)
  }

  @Test func aWrongDigestHeaderIsRefused() async throws {
    let (bytes, digest) = (bytes, digest)
    let header = type.merging(["Docker-Content-Digest": SHA256Hasher.emptyDigest.description]) { $1 }
    let double = try double { request in
      request.method == "PUT" ? .whole(201, header) : .whole(200, header, bytes)
    }
    let client = client(double)
    for reference in [ManifestReference.tag("v1"), .digest(digest)] {
      let error = await #expect(throws: SealiftError.self) { try await client.manifest(reference, in: "app") }
      #expect(error?.code == .protocol)
      #expect(error?.problem.contains("says that") == true)
    }
    await #expect(throws: SealiftError.self) { try await client.hasManifest(.digest(digest), in: "app") }
    // One that is sent by its digest has no tag that could show what is there.
    let error = await #expect(throws: SealiftError.self) {
      try await client.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: "app")
    }
    #expect(error?.code == .protocol)
  }

  @Test func aDigestHeaderOfAnotherAlgorithmDoesNotCount() async throws {
    let (bytes, header) = (bytes, type.merging(["Docker-Content-Digest": "sha512:abc"]) { $1 })
    let double = try double { _ in .whole(200, header, bytes) }
    #expect(try await client(double).manifest(.tag("v1"), in: "app")?.descriptor.digest == digest)
  }

  @Test func aTagWithoutADigestHeaderIsFetched() async throws {
    let (bytes, type) = (bytes, type)
    let double = try double { _ in .whole(200, type, bytes) }
    #expect(try await client(double).hasManifest(.tag("v1"), in: "app") == digest)
    #expect(double.requests.map(\.method).suffix(2) == ["HEAD", "GET"])
  }

  @Test func aHugeManifestIsRefused() async throws {
    let double = try double { _ in .endless(200, type, chunk: [UInt8](repeating: 32, count: 100_000)) }
    let error = await #expect(throws: SealiftError.self) { try await client(double).manifest(.tag("v1"), in: "app") }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("more than 4 MiB") == true)
  }

  @Test func aRegistryThatIndexesReferrersSaysSo() async throws {
    let subject = SampleBlob.random(10).descriptor
    let double = try double { _ in .whole(201, ["OCI-Subject": subject.digest.description]) }
    let manifest = sampleManifest(config: SampleBlob.random(9).descriptor, layers: [], subject: subject)
    #expect(try await client(double).putManifest(manifest, mediaType: .ociManifest, as: .tag("v1"), in: "app"))
  }

  /// A registry that reads what it is just writing refuses a sound manifest, whatever `--retries` says.
  @Test(arguments: [1, 2, 9], [0, 3]) func aManifestThatIsRefusedIsSentAgain(refusals: Int, retries: Int) async throws {
    let left = Shared(refusals)
    let double = try double { request in
      guard request.method == "PUT" else { return .whole(200) }
      return left.with { left in
        left -= 1
        return .whole(left >= 0 ? 400 : 201)
      }
    }
    var options = doubleOptions(retries: retries)
    options.persistence.firstPause = .milliseconds(1)
    let client = RegistryClient(double.address, options: options)
    let put = { try await client.putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app") }
    if refusals < 3 {
      _ = try await put()
    } else {
      let error = await #expect(throws: SealiftError.self) { try await put() }
      #expect(error?.code == .protocol)
    }
    #expect(double.requests("PUT").count == min(refusals + 1, 3))
  }

  /// A target with one tag, which may set it wrongly.
  private func target(
    wrong puts: Int, mixesUp: Bool = false, tagged before: [UInt8]? = nil, deletes: Bool = true
  ) throws -> (double: HTTPDouble, tag: Shared<[UInt8]?>) {
    let tag = Shared(before)
    let left = Shared(puts)
    let (other, type) = (sampleManifest(config: SampleBlob.random(3).descriptor, layers: []), type)
    let double = try double { request in
      switch request.method {
      case "PUT":
        let isWrong = left.with { left in
          left -= 1
          return left >= 0
        }
        let stored = isWrong && !mixesUp ? other : request.body
        tag.with { $0 = stored }
        let told = SHA256Hasher.digest(of: isWrong ? other : stored)
        return .whole(201, ["Docker-Content-Digest": told.description])
      case "DELETE":
        if deletes { tag.with { $0 = nil } }
        return .whole(deletes ? 202 : 405)
      default:
        let isOld = before.map { request.path.hasSuffix(SHA256Hasher.digest(of: $0).description) } ?? false
        guard let found = isOld ? before : tag.with({ $0 }) else { return .whole(404) }
        return .whole(
          200, type.merging(["Docker-Content-Digest": SHA256Hasher.digest(of: found).description]) { $1 }, found)
      }
    }
    return (double, tag)
  }

  private func tagger(_ double: HTTPDouble) async throws -> RegistryClient {
    var options = doubleOptions(retries: 0)
    options.isTarget = true
    let client = RegistryClient(double.address, options: options)
    _ = try await client.hasManifest(.tag("v1"), in: "app")
    return client
  }

  @Test(arguments: [(1, false), (2, false), (9, true)])
  func aTagThatIsSetWronglyIsSetAgain(wrong: Int, mixesUp: Bool) async throws {
    let (double, tag) = try target(wrong: wrong, mixesUp: mixesUp)
    try await tagger(double).putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    #expect(tag.with { $0 } == bytes)
    #expect(double.requests("PUT").count == min(wrong + 1, 3))
  }

  @Test func aTagThatIsAlwaysSetWronglyIsTakenBack() async throws {
    let (double, tag) = try target(wrong: 9)
    let error = await #expect(throws: SealiftError.self) {
      try await tagger(double).putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.hasSuffix("the tag is removed again") == true, "\(error?.problem ?? "")")
    #expect(tag.with { $0 } == nil)
  }

  @Test func aTagThatStoodForSomethingIsSetBack() async throws {
    let old = sampleManifest(config: SampleBlob.random(4).descriptor, layers: [])
    // The fourth time the registry does as it is told.
    let (double, tag) = try target(wrong: 3, tagged: old)
    let error = await #expect(throws: SealiftError.self) {
      try await tagger(double).putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    }
    #expect(error?.problem.hasSuffix("set back to \(SHA256Hasher.digest(of: old))") == true, "\(error?.problem ?? "")")
    #expect(tag.with { $0 } == old)
    #expect(double.requests("DELETE").isEmpty)
  }

  @Test func aTagThatCannotBeTakenBackIsTold() async throws {
    let (double, _) = try target(wrong: 9, deletes: false)
    let error = await #expect(throws: SealiftError.self) {
      try await tagger(double).putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    }
    #expect(error?.problem.hasSuffix("delete it there") == true, "\(error?.problem ?? "")")
  }

  /// An answer other than 201 that tells no digest says little.
  @Test(arguments: [200, 202, 204], [true, false])
  func whatIsMerelyAcceptedMustBeThereThen(status: Int, isStored: Bool) async throws {
    let (bytes, type) = (bytes, type)
    let double = try double { request in
      if request.method == "PUT" { return .whole(status) }
      return isStored ? .whole(200, type, bytes) : .whole(404)
    }
    let put = { try await client(double).putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app") }
    if isStored {
      _ = try await put()
      return
    }
    let error = await #expect(throws: SealiftError.self) { try await put() }
    #expect(error?.code == .protocol && error?.problem.contains("does not have it") == true, "\(error?.problem ?? "")")
  }

  @Test(arguments: [405, 501]) func aRegistryThatKnowsGETAloneIsAskedSo(status: Int) async throws {
    let (bytes, type) = (bytes, type)
    let double = try double { $0.method == "HEAD" ? .whole(status) : .whole(200, type, bytes) }
    #expect(try await client(double).hasManifest(.tag("v1"), in: "app") == digest)
  }

  @Test func theRegistrysOwnWordsAreInTheError() async throws {
    let body = #"{"errors":[{"code":"DENIED","message":"quota \u001b[31mexceeded"}]}"#
    let (bytes, double) = (bytes, try double { _ in .whole(403, [:], Array(body.utf8)) })
    let error = await #expect(throws: SealiftError.self) {
      try await client(double).putManifest(bytes, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    }
    #expect(error?.code == .denied)
    #expect(error?.description.contains("DENIED, quota \\u{1B}[31mexceeded") == true)
  }

  @Test(arguments: [404, 400, 405])
  func aRegistryWithoutReferrersIsAskedOnce(status: Int) async throws {
    let double = try double { _ in .whole(status) }
    let client = client(double)
    for _ in 0..<3 { #expect(try await client.referrers(of: digest, in: "app") == nil) }
    #expect(double.requests.filter { $0.path.contains("referrers") }.count == 1)
  }

  @Test func aPageOfAnotherTypeIsNoListOfReferrers() async throws {
    let double = try double { _ in .whole(200, ["Content-Type": "text/html"], Array("<html>".utf8)) }
    #expect(try await client(double).referrers(of: digest, in: "app") == nil)
  }

  @Test func referrersComeInPages() async throws {
    let header = ["Content-Type": "application/vnd.oci.image.index.v1+json"]
    let subject = digest
    @Sendable func page(_ number: Int) -> [UInt8] {
      let digest = SHA256Hasher.digest(of: [UInt8(number)])
      return Array(
        #"{"schemaVersion":2,"manifests":[{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(digest)","size":1}]}"#
          .utf8)
    }
    let double = try double { request in
      let next = ["Link": "</v2/app/referrers/\(subject)?page=1>; rel=\"next\""]
      return request.target.hasSuffix("page=1")
        ? .whole(200, header, page(1)) : .whole(200, header.merging(next) { $1 }, page(0))
    }
    let found = try #require(try await client(double).referrers(of: digest, in: "app"))
    #expect(found.map(\.digest) == [SHA256Hasher.digest(of: [0]), SHA256Hasher.digest(of: [1])])
  }

  @Test(arguments: ["</v2/app/referrers/x>", "<http://127.0.0.2:1/v2/>"])
  func pagesWithoutEndOrElsewhereAreRefused(link: String) async throws {
    let header = ["Content-Type": "application/vnd.oci.image.index.v1+json", "Link": "\(link); rel=\"next\""]
    let double = try double { _ in .whole(200, header, Array(#"{"schemaVersion":2,"manifests":[]}"#.utf8)) }
    let error = await #expect(throws: SealiftError.self) { try await client(double).referrers(of: digest, in: "app") }
    #expect(error?.code == .protocol)
    #expect(double.requests.count <= 102)
  }
}
