import Diagnostics
import Digests
@testable import Release
import SystemIO
import TestSupport
import Testing

/// Signatures that real `gpg` made with keys of the test.
@Suite(.enabled(if: GPGHome.isInstalled, "\(GPGHome.reason)"), .timeLimit(.minutes(20)))
struct ReleaseSignatureTests {
  private let home: GPGHome
  private let gpgv: GPGV
  private let digest = SignedText.digest

  init() throws {
    home = try GPGHome()
    try home.makeKey("release@test")
    gpgv = try #require(GPGV(environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"]))
  }

  private func keys(_ users: [String] = []) throws -> [ReleaseKey] {
    try ReleaseKey.read(try home.publicKeys(users), name: "the keys")
  }

  private func verify(
    _ message: [UInt8], keys: [ReleaseKey]? = nil, for digest: Digest = SignedText.digest
  ) throws -> ReleaseSignatureVerdict {
    try gpgv.verify(message, for: digest, keys: try keys ?? self.keys(), source: "the signature X")
  }

  private func refusal(_ message: [UInt8], keys: [ReleaseKey]? = nil) throws -> String? {
    guard case .refused(let error) = try verify(message, keys: keys) else { return nil }
    #expect(error.code == .untrusted)
    #expect(!error.isTransient)
    return error.problem
  }

  private func sign(_ text: [UInt8] = SignedText.text(), _ options: [String] = ["--sign"]) throws -> [UInt8] {
    try home.sign(text, by: ["release@test"], options)
  }

  @Test(arguments: ["ed25519", "rsa2048", "nistp256"], ["0", "6"])
  func aGoodSignatureIsProven(algorithm: String, compression: String) throws {
    try home.makeKey("other@test", algorithm: algorithm)
    let message = try home.sign(SignedText.text(), by: ["other@test"], ["-z", compression, "--sign"])
    let proven = try verify(message).get()
    #expect(proven.key.fingerprint == (try home.fingerprint("other@test")))
    #expect(proven.key.bytes == (try home.publicKeys(["other@test"])))
    #expect(proven.digest == digest)
    #expect(proven.reference == "host/r:1")
    #expect(proven.bytes == message)
  }

  @Test func onlyTheKeysThatAreGivenCount() throws {
    try home.makeKey("other@test")
    let id = try home.fingerprint("release@test").suffix(16)
    let wanted = "the signature X was made by the key \(id), which is not trusted"
    #expect(try refusal(try sign(), keys: try keys(["other@test"])) == wanted)
    #expect(try refusal(try sign(), keys: []) == wanted)
  }

  @Test func aSignatureForAnotherPayloadNamesBoth() throws {
    let other = SHA256Hasher.digest(of: [])
    guard case .otherPayload(let error) = try verify(try sign(), for: other) else {
      Issue.record("was taken, or refused for another reason")
      return
    }
    #expect(error.code == .untrusted)
    #expect(error.problem == "the signature X is for the payload \(digest) (host/r:1), not for \(other)")
  }

  @Test func anExpiredKeyIsSaidToBeExpired() throws {
    try home.makeKey("old@test", expires: "20200601T000000", at: "20200101T000000")
    let message = try home.sign(SignedText.text(), by: ["old@test"], at: "20200201T000000")
    let id = try home.fingerprint("old@test").suffix(16)
    #expect(
      try refusal(message) == "the signature X was made by the key \(id), which expired on 2020-06-01")
  }

  @Test func aRevokedKeyIsSaidToBeRevoked() throws {
    let message = try sign()
    try home.revoke("release@test")
    #expect(try refusal(message)?.contains("which was revoked") == true)
  }

  @Test func anExpiredSignatureIsRefused() throws {
    try home.makeKey("old@test", at: "20200101T000000")
    let message = try home.sign(
      SignedText.text(), by: ["old@test"], ["--default-sig-expire", "1d", "--sign"], at: "20200201T000000")
    #expect(try refusal(message)?.contains("has expired") == true)
  }

  @Test(arguments: ["0", "6"]) func twoSignaturesInOneMessageAreRefused(compression: String) throws {
    try home.makeKey("other@test")
    let message = try home.sign(
      SignedText.text(), by: ["release@test", "other@test"], ["-z", compression, "--sign"])
    let problem = try refusal(message)
    #expect(
      compression == "0"
        ? problem == "the signature X is not one text with one signature"
        : problem == "the signature X has 2 signatures in one message, where one is expected")
  }

  @Test func otherFormsAreRefused() throws {
    #expect(try refusal(try sign(SignedText.text(), ["--detach-sign"]))?.contains("without the text") == true)
    #expect(try refusal(try sign(SignedText.text(), ["--clear-sign"]))?.contains("is a text") == true)
    #expect(try refusal(try sign(SignedText.text(), ["--armor", "--sign"]))?.contains("is a text") == true)
    #expect(try refusal(try sign(SignedText.text(), ["-z", "0", "--store"]))?.contains("not one text") == true)
    #expect(try refusal(try sign(SignedText.text(), ["-z", "6", "--store"]))?.contains("nobody signed") == true)
    #expect(try refusal(try sign(SignedText.text(), ["--textmode", "--sign"]))?.contains("not a binary") == true)
    #expect(try refusal(try home.publicKeys())?.contains("not one text") == true)
    let symmetric = try home.sign(SignedText.text(), by: [], ["--passphrase", "x", "--symmetric"])
    #expect(try refusal(symmetric)?.contains("not one text") == true)
  }

  @Test func aWeakHashIsRefused() throws {
    try home.makeKey("rsa@test", algorithm: "rsa2048")
    let message = try home.sign(SignedText.text(), by: ["rsa@test"], ["--digest-algo", "SHA1", "--sign"])
    #expect(try refusal(message) == "the signature X uses the weak hash algorithm 2")
  }

  @Test(arguments: ["0", "6"]) func aMessageIsProvenOnlyWhole(compression: String) throws {
    let message = try sign(SignedText.text(), ["-z", compression, "--sign"])
    for count in stride(from: 0, to: message.count - 1, by: 7) {
      #expect(try refusal(Array(message.prefix(count))) != nil, "\(count) bytes")
    }
  }

  @Test func anyFlippedBitIsRefusedOrChangesNothing() throws {
    let message = try sign(SignedText.text(), ["-z", "0", "--sign"])
    for index in stride(from: 0, to: message.count, by: 5) {
      var changed = message
      changed[index] ^= 1 << UInt8(index % 8)
      guard case .proven(let proven) = try verify(changed) else { continue }
      // Names and dates beside the text are signed by nobody.
      #expect(proven.digest == digest)
      #expect(proven.reference == "host/r:1")
    }
  }

  @Test func whatFollowsTheMessageIsRefused() throws {
    let message = try sign(SignedText.text(), ["-z", "0", "--sign"])
    let other = try sign(SignedText.text(SHA256Hasher.digest(of: [])), ["-z", "0", "--sign"])
    for rest in [[0], Array("junk".utf8), message, other, try sign(SignedText.text(), ["-z", "0", "--store"])] {
      #expect(try refusal(message + rest) != nil)
      #expect(try refusal(rest + message) != nil)
    }
  }

  @Test(arguments: [[0], Array("junk".utf8), [UInt8](repeating: 0x88, count: 3000)])
  func whatFollowsACompressedTextIsNeverTaken(rest: [UInt8]) throws {
    for level in ["1", "6", "9"] {
      let message = try sign(SignedText.text(), ["-z", level, "--sign"])
      #expect(message.first == 0xA3, "its packet goes on up to the end")
      if let proven = try? verify(message + rest).get() { #expect(proven.bytes == message) }
      let zlib = try sign(SignedText.text(), ["--compress-algo", "zlib", "-z", level, "--sign"])
      #expect(try verify(zlib).get().bytes == zlib)
      if let proven = try? verify(zlib + rest).get() { #expect(proven.bytes == zlib) }
    }
  }

  @Test func aPacketThatIsLongerThanItsTextIsRefused() throws {
    let message = try sign(SignedText.text(), ["-z", "6", "--sign"])
    /// The same packet, with its length told.
    func packet(_ body: [UInt8]) -> [UInt8] { [0xA1, UInt8(body.count / 256), UInt8(body.count % 256)] + body }
    let body = Array(message.dropFirst())
    #expect(try verify(packet(body)).get().digest == digest)
    #expect(
      try refusal(packet(body + Array("hidden".utf8)))
        == "the signature X holds 6 bytes behind its text that nobody has signed")
  }

  @Test(
    arguments: [
      [], Array("<html><body>404</body></html>".utf8), Array("{}".utf8), [0xFF], [0xA3], [0xA3, 0x01],
      [UInt8](repeating: 0x80, count: 100), [UInt8](repeating: 0, count: 70_000),
    ] as [[UInt8]])
  func whatIsNoMessageIsRefused(bytes: [UInt8]) throws {
    #expect(try refusal(bytes) != nil)
  }

  @Test func aTextThatUnpacksToMoreThanTheLimitIsRefused() throws {
    let text = [UInt8](repeating: 0x20, count: 1 << 20) + SignedText.text()
    #expect(try refusal(try sign(text, ["-z", "9", "--sign"])) == "the signature X unpacks to more than 64 KiB")
  }

  @Test(arguments: [
    (SignedText.text(type: "\"other\""), "signs something that is no image"),
    (SignedText.text(type: "null"), "signs something that is no image"),
    (SignedText.text(reference: "\"\""), "names no image"), (SignedText.text(reference: "7"), "names no image"),
    (SignedText.text(image: "{\"docker-manifest-digest\":\"sha512:00\"}"), "names no SHA-256 digest"),
    (SignedText.text(image: "[]"), "has no object where critical.image is expected"),
    (SignedText.text(image: "{}"), "has no 'docker-manifest-digest' in critical.image"),
    (SignedText.text(image: "{\"docker-manifest-digest\":\"x\",\"y\":1}"), "has an unknown 'y' in critical.image"),
    (SignedText.text(critical: ",\"z\":1"), "has an unknown 'z' in critical"),
    (SignedText.text(optional: ",\"other\":{}"), "has an unknown 'other' in the text"),
    (Array("{}".utf8), "has no 'critical' in the text"), (Array("[]".utf8), "has no object where the text is expected"),
    (SignedText.text(critical: ",\"type\":\"atomic container signature\""), "stands twice"),
    (SignedText.text(after: "x"), "after the end"), ([], "a value is expected"), (Array("{".utf8), "at byte"),
  ])
  func aTextThatSaysAnythingElseIsRefused(text: [UInt8], problem: String) throws {
    let found = try refusal(try sign(text))
    #expect(found?.contains("the signature X") == true)
    #expect(found?.contains(problem) == true, "\(found ?? "taken")")
  }

  @Test(arguments: [SignedText.text(optional: ""), SignedText.text(after: "\n ")])
  func theOptionalPartMayBeMissing(text: [UInt8]) throws {
    #expect(try verify(try sign(text)).get().digest == digest)
  }

  @Test func withoutTheProgramThereIsNothingToAsk() throws {
    let empty = try TemporaryDirectory()
    #expect(GPGV(environment: ["PATH": empty.path]) == nil)
    #expect(GPGV.missing.nextStep.contains("gpgv"))
  }

  @Test func nothingIsLeftBehind() throws {
    let temporary = try TemporaryDirectory()
    let gpgv = try #require(GPGV(environment: ["PATH": "/usr/bin:/bin", "TMPDIR": temporary.path]))
    _ = try gpgv.verify(try sign(), for: digest, keys: try keys(), source: "x").get()
    #expect(try FileSystem.list(temporary.path).isEmpty)
  }
}
