import Diagnostics
@testable import Release
import TestSupport
import Testing

/// Key files as `gpg` writes them and as people change them.
@Suite(.enabled(if: GPGHome.isInstalled, "\(GPGHome.reason)"), .timeLimit(.minutes(20)))
struct ReleaseKeyTests {
  private let home: GPGHome
  private let fingerprints: Set<String>

  // No test adds a key.
  private static let keys = SharedFixture {
    let home = try GPGHome()
    try home.makeKey("one@test")
    try home.makeKey("two@test", algorithm: "rsa2048")
    return home
  }

  init() throws {
    home = try Self.keys.get()
    fingerprints = [try home.fingerprint("one@test"), try home.fingerprint("two@test")]
  }

  private func read(_ bytes: [UInt8]) throws(SealiftError) -> [ReleaseKey] {
    try ReleaseKey.read(bytes, name: "keys.asc")
  }

  private func armored(_ users: [String] = []) throws -> String {
    String(decoding: try home.publicKeys(users, armored: true), as: UTF8.self)
  }

  private func problem(_ text: some StringProtocol) -> String? {
    do throws(SealiftError) { _ = try read(Array(text.utf8)) } catch {
      #expect(error.code == .configuration)
      return error.problem
    }
    return nil
  }

  @Test func binaryAndArmoredFilesHoldTheSame() throws {
    let binary = try read(try home.publicKeys())
    #expect(Set(binary.map(\.fingerprint)) == fingerprints)
    #expect(binary.flatMap(\.bytes) == (try home.publicKeys()))
    #expect(try read(Array(try armored().utf8)) == binary)
  }

  @Test func severalBlocksWithWordsBetweenThemAreRead() throws {
    let one = try armored(["one@test"]).replacing("\n", with: "\r\n")
    let two = try armored(["two@test"]).replacing("BLOCK-----\n\n", with: "BLOCK-----\nVersion: 2\nComment: x\n\n")
    let keys = try read(Array("pub  ed25519\n\n\(one)\nand\n-----BEGIN X-----\n\(two)\(one)".utf8))
    #expect(keys.map(\.fingerprint) == [try home.fingerprint("one@test"), try home.fingerprint("two@test")])
  }

  @Test func headersAndTheEmptyLineBehindThemMayBeMissing() throws {
    let text = try armored(["one@test"])
    let without = text.replacing("BLOCK-----\n\n", with: "BLOCK-----\n")
    #expect(without != text)
    #expect(try read(Array(without.utf8)) == read(Array(text.utf8)))
  }

  @Test func aChecksumMayBeMissingButNotWrong() throws {
    let lines = try armored(["one@test"]).split(separator: "\n", omittingEmptySubsequences: false)
    let without = lines.filter { !$0.hasPrefix("=") }.joined(separator: "\n")
    #expect(try read(Array(without.utf8)).count == 1)
    let wrong = lines.map { $0.hasPrefix("=") ? "=AAAA" : $0 }.joined(separator: "\n")
    #expect(problem(wrong) == "keys.asc holds a damaged OpenPGP key")
  }

  @Test func filesWithoutAKeyAreRefused() throws {
    let text = try armored(["one@test"])
    #expect(problem("") == "keys.asc holds no OpenPGP key")
    #expect(problem("<html>") == "keys.asc holds no OpenPGP key")
    #expect(problem(text.prefix(300))?.contains("damaged") == true)
    #expect(problem(text.replacing("BEGIN PGP PUBLIC", with: "BEGIN PGP MESSAGE"))?.contains("no OpenPGP key") == true)
    let binary = try home.publicKeys(["one@test"])
    #expect(throws: SealiftError.self) { try read(Array(binary.dropLast())) }
    #expect(throws: SealiftError.self) { try read(binary + [0]) }
    #expect(throws: SealiftError.self) { try read(Array(binary.dropFirst())) }
    #expect(throws: SealiftError.self) { try read([UInt8](repeating: 0x80, count: 2 << 20)) }
  }

  @Test(arguments: [true, false]) func aPrivateKeyIsRefusedByThatName(isArmored: Bool) throws {
    let error = #expect(throws: SealiftError.self) { try read(try home.privateKeys(armored: isArmored)) }
    #expect(error?.problem.contains("private") == true)
  }

  @Test func aShortKeyIsRefused() throws {
    let home = try GPGHome()
    try home.makeKey("short@test", algorithm: "rsa1024")
    let error = #expect(throws: SealiftError.self) { try read(try home.publicKeys(["short@test"])) }
    #expect(error?.problem.contains("of only 1024 bits") == true)
  }

  @Test func onlyPinnedKeysCountAmongThoseOffered() throws {
    let keys = try read(try home.publicKeys())
    let pinned = ReleaseTrust.pinned([try home.fingerprint("two@test")])
    #expect(pinned.keys(among: keys).map(\.fingerprint) == [try home.fingerprint("two@test")])
    #expect(ReleaseTrust.standard.keys(among: keys).isEmpty)
    #expect(ReleaseTrust.keys([keys[0]]).keys(among: []) == [keys[0]])
    #expect(ReleaseTrust.keys([keys[0]]).keys(among: keys) == [keys[0]])
  }
}
