internal import Diagnostics
internal import SystemIO

/// A home of `gpg` with keys of its own, which goes with this object, its agent too.
public final class GPGHome: Sendable {
  /// Whether the programs are installed.
  public static let isInstalled = hasTool("gpg") && hasTool("gpgv")
  /// Why a test is skipped.
  public static let reason = "gpg and gpgv are not installed"

  private let directory: TemporaryDirectory

  /// Makes a home without keys.
  public init() throws { directory = try TemporaryDirectory() }

  deinit { _ = try? runTool("gpgconf", ["--kill", "all"], environment: ["GNUPGHOME=\(directory.path)"]) }

  /// Makes a key that signs.
  ///
  /// - Parameters:
  ///   - user: By which it is named later: `name@host`.
  ///   - algorithm: `ed25519`, `rsa2048`.
  ///   - expires: `never`, `1y`.
  ///   - time: When it is made, `YYYYMMDDThhmmss`; now where it is `nil`.
  public func makeKey(
    _ user: String, algorithm: String = "ed25519", expires: String = "never", at time: String? = nil
  ) throws {
    try gpg(["--quick-gen-key", user, algorithm, "sign", expires], at: time)
  }

  /// Takes a key back.
  public func revoke(_ user: String) throws {
    let name = try directory("openpgp-revocs.d/\(fingerprint(user)).rev")
    let certificate = String(decoding: try FileSystem.read(name, limit: 1 << 16), as: UTF8.self)
    // A colon keeps it from being used by accident.
    try FileSystem.write(
      Array(certificate.split(separator: ":---", maxSplits: 1).joined(separator: "---").utf8), to: name)
    try gpg(["--import", name])
  }

  /// The fingerprint of a key.
  public func fingerprint(_ user: String) throws -> String {
    let lines = try gpg(["--with-colons", "--list-keys", user]).output.split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("fpr:") }) else { throw failure("no key of \(user)") }
    return line.split(separator: ":").last.map(String.init) ?? ""
  }

  /// The public keys of some users, or of all.
  public func publicKeys(_ users: [String] = [], armored: Bool = false) throws -> [UInt8] {
    try written { try gpg((armored ? ["--armor"] : []) + ["--output", $0, "--export"] + users) }
  }

  /// The private keys.
  public func privateKeys(armored: Bool = false) throws -> [UInt8] {
    try written { try gpg((armored ? ["--armor"] : []) + ["--output", $0, "--export-secret-keys"]) }
  }

  /// Signs a text.
  ///
  /// - Parameters:
  ///   - users: Whose keys sign.
  ///   - options: How: `--sign` makes one message of text and signature.
  ///   - time: When, `YYYYMMDDThhmmss`; now where it is `nil`.
  public func sign(
    _ text: [UInt8], by users: [String], _ options: [String] = ["--sign"], at time: String? = nil
  ) throws -> [UInt8] {
    let place = try TemporaryDirectory()
    try File(place("text"), .replace).write(text)
    let keys = users.flatMap { ["--local-user", $0] }
    return try written { try gpg(keys + ["--output", $0] + options + [place("text")], at: time) }
  }

  private func written(_ write: (String) throws -> Void) throws -> [UInt8] {
    let place = try TemporaryDirectory()
    try write(place("written"))
    return try FileSystem.read(place("written"), limit: 1 << 20)
  }

  @discardableResult
  private func gpg(_ arguments: [String], at time: String? = nil) throws -> ToolResult {
    let common = ["--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""]
    let result = try runTool(
      "gpg", common + (time.map { ["--faked-system-time", $0] } ?? []) + arguments,
      environment: ["GNUPGHOME=\(directory.path)"])
    guard result.status == 0 else { throw failure(result.errors) }
    return result
  }

  private func failure(_ problem: String) -> SealiftError {
    SealiftError(.internal, "gpg: \(problem)", nextStep: "look at the test")
  }
}
