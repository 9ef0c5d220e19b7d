import Diagnostics
import Digests
import HTTPTransport
import Release
import SystemIO
import TestSupport
import Testing

@testable import Gathering
@testable import Content

/// Signature stores as they are, and as they must not be, with signatures that real `gpg` made.
@Suite(.enabled(if: GPGHome.isInstalled, "\(GPGHome.reason)"), .timeLimit(.minutes(20)))
struct ReleaseVerifierTests {
  private static let pool = BlockingPool(threads: 2)
  private let home: GPGHome
  private let directory: TemporaryDirectory
  private let reporter = Collecting()
  private static let digest = SHA256Hasher.digest(of: Array("a payload".utf8))
  private let digest = Self.digest
  private let good: [UInt8]
  private let stranger: [UInt8]

  final class Collecting: Reporter {
    let events = Shared<[Event]>([])
    func report(_ event: Event) { events.with { $0.append(event) } }
    var warnings: [String] { events.with { $0 }.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
  }

  private struct Signed: Sendable {
    let home: GPGHome
    let good: [UInt8]
    let stranger: [UInt8]
  }

  // No test adds a key.
  private static let signed = SharedFixture {
    let home = try GPGHome()
    try home.makeKey("release@test")
    try home.makeKey("stranger@test")
    return Signed(
      home: home, good: try sign(home, digest, by: "release@test"),
      stranger: try sign(home, digest, by: "stranger@test"))
  }

  init() throws {
    let signed = try Self.signed.get()
    (home, good, stranger) = (signed.home, signed.good, signed.stranger)
    directory = try TemporaryDirectory()
  }

  private static func sign(_ home: GPGHome, _ digest: Digest, by user: String) throws -> [UInt8] {
    let text = """
      {"critical":{"identity":{"docker-reference":"host/release:1"},"image":{"docker-manifest-digest":"\(digest)"},\
      "type":"atomic container signature"}}
      """
    return try home.sign(Array(text.utf8), by: [user])
  }

  private func key(_ user: String = "release@test") throws -> [UInt8] { try home.publicKeys([user], armored: true) }

  private func pinned(_ user: String = "release@test") throws -> ReleaseTrust { .pinned([try home.fingerprint(user)]) }

  private func store(_ name: String = "store", _ signatures: [UInt8]...) throws -> String {
    let path = directory("\(name)/sha256=\(digest.hex)")
    try FileSystem.makeDirectory(path)
    for (number, bytes) in signatures.enumerated() {
      try FileSystem.write(bytes, to: "\(path)/signature-\(number + 1)")
    }
    return directory(name)
  }

  private func verify(
    _ options: [String], trust: ReleaseTrust? = nil, allowed: Set<String> = [], environment: [String: String] = [:],
    hasProgram: Bool = true, keys: [[UInt8]]? = nil, stores: [String] = [], registry: String? = "127.0.0.1:5000"
  ) async throws -> [ProvenReleaseSignature] {
    let verifier = ReleaseVerifier(
      gpgv: hasProgram ? GPGV(environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]) : nil,
      trust: try trust ?? pinned(), stores: try SignatureStores(options: options, environment: environment),
      allowedUnsigned: allowed, fetcher: HTTPFetcher(HTTPOptions(), retries: 0, pool: Self.pool),
      pool: Self.pool, reporter: reporter)
    return try await verifier.signatures(
      of: ReleaseVerifier.Payload(
        digest: digest, version: "4.1.2", registry: registry, keys: try keys ?? [key()], stores: stores))
  }

  private func failure(
    _ options: [String], trust: ReleaseTrust? = nil, allowed: Set<String> = [], keys: [[UInt8]]? = nil,
    code: SealiftError.Code = .untrusted
  ) async -> String {
    let error = await #expect(throws: SealiftError.self) {
      try await verify(options, trust: trust, allowed: allowed, keys: keys)
    }
    #expect(error?.code == code)
    if allowed.isEmpty { #expect(error?.nextStep.contains("--allow-unsigned-release 4.1.2") == true) }
    return error?.problem ?? ""
  }

  /// What is known before the payload is read.
  private func early(
    _ options: [String], trust: ReleaseTrust? = nil, allowed: Set<String> = [], version: String? = "4.1.2"
  ) async throws -> [ProvenReleaseSignature]? {
    let verifier = ReleaseVerifier(
      gpgv: GPGV(environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]), trust: try trust ?? .keys([releaseKey()]),
      stores: try SignatureStores(options: options, environment: [:]), allowedUnsigned: allowed,
      fetcher: HTTPFetcher(HTTPOptions(), retries: 0, pool: Self.pool), pool: Self.pool, reporter: reporter)
    return try await verifier.signatures(of: digest, version: version, from: "127.0.0.1:5000")
  }

  private func releaseKey() throws -> ReleaseKey {
    try #require(try ReleaseKey.read(try key(), name: "the key").first)
  }

  @Test func aSignatureIsLookedAtBeforeThePayloadIsRead() async throws {
    #expect(try await early([store("store", good)])?.map(\.bytes) == [good])
    let empty = try store("empty", stranger)
    for version in ["4.1.2", nil] {
      let error = await #expect(throws: SealiftError.self) { try await early([empty], version: version) }
      #expect(error?.code == .untrusted && error?.problem.contains("\(digest)") == true)
    }
    // Only the payload tells which version may go without, and hands out the key that is pinned.
    #expect(try await early([empty], allowed: ["4.1.2"]) == nil)
    #expect(try await early([empty], allowed: ["4.9.9"], version: nil) == nil)
    await #expect(throws: SealiftError.self) { try await early([empty], allowed: ["4.9.9"]) }
    #expect(try await early([store("other", good)], trust: pinned()) == nil)
  }

  @Test func aDirectoryIsAStore() async throws {
    let path = try store("store", good)
    for option in [path, "file://\(path)", path + "/"] {
      let proven = try await verify([option])
      #expect(proven.map(\.bytes) == [good])
      #expect(proven.first?.key.fingerprint == (try home.fingerprint("release@test")))
    }
    #expect(reporter.warnings.isEmpty)
  }

  @Test(arguments: ["/store", "/store/", ""]) func aServerIsAStore(base: String) async throws {
    let (prefix, digest, good) = (base.hasSuffix("/") ? String(base.dropLast()) : base, digest, good)
    let server = try HTTPDouble { request in
      request.target == "\(prefix)/sha256=\(digest.hex)/signature-1?key=1" ? .whole(200, [:], good) : .whole(404)
    }
    #expect(try await verify(["http://\(server.address)\(base)?key=1"]).count == 1)
    #expect(server.requests.count == 2)
  }

  @Test func aStoreThatHidesWhatItDoesNotHaveIsAStore() async throws {
    let good = good
    let server = try HTTPDouble { $0.path.hasSuffix("signature-1") ? .whole(200, [:], good) : .whole(403) }
    #expect(try await verify(["http://\(server.address)"]).count == 1)
    let closed = try HTTPDouble { _ in .whole(403) }
    #expect(await failure(["http://\(closed.address)"]).contains("answered 403 for a release signature"))
  }

  @Test func allNumbersUpToTheFirstMissingAreLookedAt() async throws {
    let path = try store("store", stranger, Array("<html>".utf8), good, good)
    #expect(try await verify([path]).count == 2)
    #expect(reporter.warnings.count == 2)
    #expect(reporter.warnings.first?.contains("signature-1 was made by the key") == true)
    #expect(reporter.warnings.last?.contains("signature-2 is no OpenPGP message") == true)
  }

  @Test func aStoreWithoutEndIsAskedNineTimes() async throws {
    let server = try HTTPDouble { _ in .whole(200, [:], Array("<html>".utf8)) }
    let problem = await failure(["http://\(server.address)"])
    #expect(server.requests.count == 9)
    #expect(problem.contains("http://\(server.address)/sha256=\(digest.hex)/signature-9 is no OpenPGP message"))
  }

  @Test func storesAreAskedInOrderUntilOneProvesIt() async throws {
    let none = try store("none")
    let wrong = try store("wrong", stranger)
    let right = try store("right", good)
    let after = try HTTPDouble { _ in .whole(500) }
    #expect(try await verify([none, wrong, right, "http://\(after.address)"]).count == 1)
    #expect(after.requests.isEmpty)
    #expect(reporter.warnings.count == 1)
  }

  @Test func withoutAProofEachStoreIsNamed() async throws {
    let server = try HTTPDouble { _ in .whole(503) }
    let (none, wrong) = (try store("none"), try store("wrong", stranger))
    let problem = await failure([none, wrong, "http://\(server.address)"])
    #expect(problem.hasPrefix("release 4.1.2 (\(digest)) has no valid signature: \(none) has no signature of it; "))
    #expect(problem.contains("\(wrong)/sha256=\(digest.hex)/signature-1 was made by the key"))
    #expect(problem.contains("\(server.address) answered 503 for a release signature"))
  }

  @Test func storesThatCannotBeReachedAreATransientFailure() async throws {
    let server = try HTTPDouble { _ in .reset }
    _ = await failure(["http://\(server.address)"], code: .network)
  }

  @Test func aSignatureOfAnotherPayloadIsAnErrorInSpiteOfPermission() async throws {
    let other = try Self.sign(home, SHA256Hasher.digest(of: []), by: "release@test")
    let path = try store("store", other, good)
    let problem = await failure([path], allowed: ["4.1.2"])
    #expect(problem.contains("is for the payload \(SHA256Hasher.digest(of: []))"))
  }

  @Test func permissionIsForOneVersion() async throws {
    let path = try store("none")
    #expect(try await verify([path], allowed: ["4.1.2"]).isEmpty)
    #expect(reporter.warnings.count == 1)
    await #expect(throws: SealiftError.self) { try await verify([path], allowed: ["4.1.3", "4.1"]) }
  }

  @Test func aPermittedReleaseIsProvenAllTheSame() async throws {
    #expect(try await verify([try store("store", good)], allowed: ["4.1.2"]).count == 1)
  }

  @Test func aPayloadCannotVouchForItself() async throws {
    let path = try store("store", stranger)
    let keys = [try key("stranger@test")]
    #expect(await failure([path], keys: keys).contains("the payload hands out no key that is trusted"))
    #expect(await failure([path], trust: .standard, keys: keys).contains("is not trusted"))
    #expect(try await verify([path], trust: try pinned("stranger@test"), keys: keys).count == 1)
  }

  @Test func namedKeysReplaceThePayloads() async throws {
    let trust = ReleaseTrust.keys(try ReleaseKey.read(try key(), name: "file"))
    let path = try store("store", good)
    #expect(try await verify([path], trust: trust, keys: []).count == 1)
    #expect(try await verify([path], keys: [Array("not a key".utf8), try key()]).count == 1)
  }

  @Test func withoutTheProgramPackingFails() async throws {
    let path = try store("store", good)
    let error = await #expect(throws: SealiftError.self) { try await verify([path], hasProgram: false) }
    #expect(error?.code == .configuration)
    #expect(error?.nextStep.contains("apt-get install gpgv") == true)
    #expect(try await verify([path], allowed: ["4.1.2"], hasProgram: false).isEmpty)
  }

  @Test func thePayloadsStoresAreAskedLastAndOnlyWithoutNamedOnes() async throws {
    let good = good
    let own = try HTTPDouble { $0.path.hasSuffix("-1") ? .whole(200, [:], good) : .whole(404) }
    let other = try HTTPDouble { _ in .whole(404) }
    let environment = ["OCP_SIGNATURE_URL": "http://\(other.address)"]
    let stores = ["file:///etc", "gopher://x", "http://\(own.address)", "http://\(own.address)"]
    #expect(try await verify([], environment: environment, stores: stores).count == 1)
    #expect(other.requests.count == 1)
    #expect(own.requests.count == 2)
    await #expect(throws: SealiftError.self) {
      try await verify([try store("none")], environment: environment, stores: stores)
    }
    // A payload from outside must not send requests to the inside.
    await #expect(throws: SealiftError.self) {
      try await verify([], environment: environment, stores: stores, registry: "quay.io")
    }
    #expect(own.requests.count == 2)
  }

  @Test func thePublicStoreIsAskedWhereNothingIsSaid() throws {
    let stores = try SignatureStores(options: [], environment: ["OCP_SIGNATURE_URL": ""])
    let named = "https://storage.example/x"
    let found = stores.stores(named: [named, SignatureStores.publicStore, "https://10.0.0.1/"], registry: "quay.io")
    #expect(found.map(\.description) == [SignatureStores.publicStore, named])
  }

  @Test(arguments: ["ftp://host/x", "file://", "", "https://user@host/", "http://"])
  func otherStoresAreRefused(text: String) {
    let error = #expect(throws: SealiftError.self) { try SignatureStore(text) }
    #expect(error?.code == .usage)
  }

  @Test func aDirectoryThatIsNotThereIsAnError() {
    let error = #expect(throws: SealiftError.self) { try SignatureStore(directory("missing")) }
    #expect(error?.code == .notFound)
  }

  @Test func aSignatureBeyondTheLimitIsNoProof() async throws {
    let server = try HTTPDouble { _ in .endless(200, chunk: [UInt8](repeating: 0xA3, count: 8192)) }
    let path = try store("large", [UInt8](repeating: 0xA3, count: 100_000))
    #expect(await failure([path, "http://\(server.address)"]).contains("64 KiB"))
  }

  private func again(
    _ signatures: [[UInt8]], keys: [[UInt8]]? = nil, trust: ReleaseTrust? = nil, hasProgram: Bool = true
  ) throws -> ReleaseProof {
    let release = ReleaseProof.Carried(
      digest: digest, version: "4.1.2",
      signatures: signatures.enumerated().map { (path: "release-signatures/\($0.offset)", bytes: $0.element) },
      keys: try keys ?? [home.publicKeys(["release@test"]), home.publicKeys(["stranger@test"])])
    let gpgv = hasProgram ? GPGV(environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]) : nil
    return try ReleaseProof(of: release, try trust ?? pinned(), gpgv)
  }

  @Test func aReleaseIsProvenAgain() throws {
    let fingerprint = try home.fingerprint("release@test")
    #expect(try again([good]) == .proven(fingerprints: [fingerprint]))
    // The packer may have trusted more keys.
    #expect(try again([stranger, good]) == .proven(fingerprints: [fingerprint]))
    #expect(try again([]) == .unsignedByPermission)
    #expect(try again([good], hasProgram: false) == .notProvenAgain)
  }

  @Test func onlyTheLocalPinMakesAKeyCount() throws {
    let error = #expect(throws: SealiftError.self) { try again([stranger]) }
    #expect(error?.code == .untrusted)
    #expect(error?.nextStep.contains("--release-key FILE") == true)
    #expect(throws: SealiftError.self) { try again([good], trust: .standard) }
    let own = ReleaseTrust.keys(try ReleaseKey.read(try key(), name: "file"))
    #expect(try again([good], keys: [], trust: own) == .proven(fingerprints: [try home.fingerprint("release@test")]))
  }

  @Test func aReplacedSignatureIsRefused() throws {
    let other = try Self.sign(home, SHA256Hasher.digest(of: []), by: "release@test")
    #expect(throws: SealiftError.self) { try again([other]) }
    #expect(throws: SealiftError.self) { try again([good, other]) }
    #expect(throws: SealiftError.self) { try again([Array("<html>".utf8)]) }
    #expect(throws: SealiftError.self) { try again([Array(good.dropLast(20))]) }
  }

  @Test func whoseSignaturesCountIsLoaded() throws {
    let file = directory("key.asc")
    try FileSystem.write(try key(), to: file)
    let fingerprint = try home.fingerprint("release@test")
    func keys(_ files: [String], _ variable: String?) throws -> [String] {
      let environment = variable.map { ["OCP_SIGNATURE_VERIFICATION_PK": $0] } ?? [:]
      return try ReleaseTrust.loaded(files: files, environment: environment).keys(among: []).map(\.fingerprint)
    }
    #expect(try keys([file], nil) == [fingerprint])
    #expect(try keys([], file) == [fingerprint])
    #expect(try keys([file], "/missing") == [fingerprint])
    #expect(try keys([], "") == [])
    #expect(throws: SealiftError.self) { try keys([], "/missing") }
    #expect(throws: SealiftError.self) { try keys([file, "/dev/null"], nil) }
  }
}
