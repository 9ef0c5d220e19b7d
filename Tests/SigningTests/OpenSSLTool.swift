import Testing
import TestSupport

/// The `openssl` program, run in a directory of its own.
struct OpenSSLTool {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  func path(_ name: String) -> String { directory(name) }

  /// Runs a shell command in the directory and gives back what it printed, errors included.
  @discardableResult
  func run(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let (status, output) = try attempt(command)
    try #require(status == 0, "\(command): \(output)", sourceLocation: sourceLocation)
    return output
  }

  func attempt(_ command: String) throws -> (status: Int32, output: String) {
    let result = try runTool("sh", ["-c", "cd \(directory.path) && { \(command)\n} 2>&1"])
    return (result.status, result.output)
  }
}

/// How openssl makes, signs and checks with each kind of key.
struct ToolKind: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let generate: String
  let sign: String
  let verify: String

  static let all = [
    ToolKind("ECDSA P-256", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k.key"),
    ToolKind("RSA", "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out k.key"),
    ToolKind(
      "Ed25519", "openssl genpkey -algorithm ed25519 -out k.key",
      sign: "openssl pkeyutl -sign -inkey k.key -rawin -in message -out signature",
      verify: "openssl pkeyutl -verify -pubin -inkey k.pub -rawin -in message -sigfile signature"),
  ]

  init(
    _ name: String, _ generate: String,
    sign: String = "openssl dgst -sha256 -sign k.key -out signature message",
    verify: String = "openssl dgst -sha256 -verify k.pub -signature signature message"
  ) {
    testDescription = name
    self.generate = generate + " && openssl pkey -in k.key -pubout -out k.pub"
    self.sign = sign
    self.verify = verify
  }
}
