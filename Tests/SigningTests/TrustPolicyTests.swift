import Diagnostics
import Signing
import Testing

@Suite struct TrustPolicyTests {
  let a: PrivateKey
  let b: PrivateKey
  let c: PrivateKey
  let message = Array("{\"apiVersion\":1}".utf8)

  init() throws {
    a = try .generate()
    b = try .generate()
    c = try .generate()
  }

  @Test func oneTrustedSignatureIsEnoughByDefault() throws {
    let verdict = try judge([a, c], trusting: [a, b])
    #expect(verdict.findings.map(\.state) == [.trusted, .unknownKey])
    #expect(verdict.findings.map(\.keyID) == [a.id, c.id])
    #expect(verdict.signers == [a.id])
    #expect(verdict.isTrusted)
    try verdict.require("b.tar.zst")
  }

  @Test func noSignatureAtAll() throws {
    let error = refusal(try judge([], trusting: [a]))
    #expect(error?.problem == "b.tar.zst carries no signature")
    #expect(error?.nextStep.contains("--allow-unsigned") == true)
  }

  @Test func noTrustedSignatureNamesTheKeysThatItCarries() throws {
    let ids = [b.id, c.id].sorted().map(\.description).joined(separator: ", ")
    let error = refusal(try judge([b, c], trusting: [a]))
    #expect(error?.problem == "b.tar.zst is not signed by a trusted key; it names \(ids)")
    #expect(error?.nextStep.contains("--trust") == true)
  }

  @Test func oneOfTwoKeysIsTooFew() throws {
    let error = refusal(try judge([a, c], trusting: [a, b], threshold: 2))
    #expect(error?.problem == "b.tar.zst is signed by 1 of 2 trusted keys: \(a.id)")
    #expect(error?.nextStep.contains("--threshold") == true)
    #expect(try judge([b, a], trusting: [a, b], threshold: 2).isTrusted)
  }

  @Test func oneKeyThatSignsTwiceCountsOnce() throws {
    let verdict = try judge([a, a], trusting: [a, b], threshold: 2)
    #expect(verdict.findings.map(\.state) == [.trusted, .trusted])
    #expect(!verdict.isTrusted)
  }

  @Test func oneKeyThatIsTrustedTwiceCountsOnce() throws {
    #expect(try policy([a, a]).keys.map(\.id) == [a.id])
    let error = #expect(throws: SealiftError.self) { try policy([a, a], threshold: 2) }
    #expect(error?.problem == "--threshold asks for 2 keys, and --trust names 1 distinct ones")
    #expect(error?.code == .usage)
  }

  @Test func keysAreInOrderOfTheirIds() throws {
    let ids = [a.id, b.id, c.id].sorted()
    for keys in [[a, b, c], [c, b, a]] { #expect(try policy(keys).keys.map(\.id) == ids) }
  }

  @Test(arguments: [1, 2]) func aWrongSignatureByATrustedKeyIsAlwaysAnError(threshold: Int) throws {
    // B's name on A's signature: the claim is checked, not believed.
    let forged = CarriedSignature(keyID: b.id, bytes: try sign(a).bytes)
    let signatures = [try sign(a), try sign(c), forged]
    let keys = [a, b, c].map(\.publicKey)
    for allowUnsigned in [false, true] {
      let policy = try TrustPolicy(keys: keys, threshold: threshold, allowUnsigned: allowUnsigned)
      let verdict = message.withUnsafeBytes { policy.judge(signatures: signatures, message: $0) }
      #expect(verdict.findings.map(\.state) == [.trusted, .trusted, .invalid])
      #expect(!verdict.isTrusted)
      let error = refusal(verdict)
      #expect(error?.problem == "the signature of b.tar.zst by the trusted key \(b.id) is wrong")
    }
  }

  @Test func aSignatureOverOtherBytesIsWrong() throws {
    let policy = try policy([a])
    let other = message + [10]
    let signature = try sign(a)
    let verdict = other.withUnsafeBytes { policy.judge(signatures: [signature], message: $0) }
    #expect(verdict.findings.map(\.state) == [.invalid])
  }

  @Test func aTrustedKeyUnderAnotherNameDoesNotCount() throws {
    let misnamed = CarriedSignature(keyID: c.id, bytes: try sign(a).bytes)
    let policy = try policy([a])
    let verdict = message.withUnsafeBytes { policy.judge(signatures: [misnamed], message: $0) }
    #expect(verdict.findings.map(\.state) == [.unknownKey])
    #expect(!verdict.isAccepted)
  }

  @Test func allowUnsignedTakesWhatIsNotProvenAndSaysSo() throws {
    for signers in [[], [b], [b, c]] {
      let verdict = try judge(signers, trusting: [a], allowUnsigned: true)
      #expect(!verdict.isTrusted)
      #expect(verdict.isAccepted)
      try verdict.require("b.tar.zst")
    }
    #expect(try judge([a], trusting: [], allowUnsigned: true).isAccepted)
  }

  @Test(arguments: [
    (0, 1, "--threshold is 0, and at least one key must sign"),
    (-1, 1, "--threshold is -1, and at least one key must sign"),
    (1, 0, "no trusted key was named"),
    (3, 2, "--threshold asks for 3 keys, and --trust names 2 distinct ones"),
  ])
  func refusesImpossiblePolicies(threshold: Int, keys: Int, problem: String) {
    let error = #expect(throws: SealiftError.self) { try policy(Array([a, b].prefix(keys)), threshold: threshold) }
    #expect(error?.code == .usage)
    #expect(error?.problem == problem)
  }

  private func policy(
    _ keys: [PrivateKey], threshold: Int = 1, allowUnsigned: Bool = false
  ) throws(SealiftError) -> TrustPolicy {
    try TrustPolicy(keys: keys.map(\.publicKey), threshold: threshold, allowUnsigned: allowUnsigned)
  }

  private func judge(
    _ signers: [PrivateKey], trusting keys: [PrivateKey], threshold: Int = 1, allowUnsigned: Bool = false
  ) throws -> Verdict {
    let signatures = try signers.map(sign)
    let policy = try policy(keys, threshold: threshold, allowUnsigned: allowUnsigned)
    return message.withUnsafeBytes { policy.judge(signatures: signatures, message: $0) }
  }

  private func sign(_ key: PrivateKey) throws -> CarriedSignature {
    CarriedSignature(keyID: key.id, bytes: try message.withUnsafeBytes { try key.sign($0) })
  }

  private func refusal(_ verdict: Verdict) -> SealiftError? {
    let error = #expect(throws: SealiftError.self) { try verdict.require("b.tar.zst") }
    #expect(error?.code == .untrusted)
    return error
  }
}
