import Diagnostics
import Signing
import SystemIO
import Testing

@Suite struct KeyTests {
  let tool: OpenSSLTool
  let message = Array("{\"apiVersion\":1}".utf8)

  init() throws {
    tool = try OpenSSLTool()
    try FileSystem.write(message, to: tool.path("message"))
  }

  @Test(arguments: ToolKind.all) func idIsTheDigestThatOpensslGives(kind: ToolKind) throws {
    try tool.run(kind.generate)
    let printed = try tool.run("openssl pkey -pubin -in k.pub -outform DER | sha256sum | cut -c1-64 | tr -d '\\n'")
    let key = try PublicKey(file: tool.path("k.pub"))
    #expect(key.id.description == printed)
    #expect(KeyID(hex: printed) == key.id)
    #expect(key.kind.rawValue == kind.testDescription)
    #expect(try PrivateKey(file: tool.path("k.key")).id == key.id)
    #expect(try key.pem == FileSystem.read(tool.path("k.pub"), limit: 4096))
  }

  @Test(arguments: ToolKind.all) func publicKeysAreReadAsEditorsSaveThem(kind: ToolKind) throws {
    try tool.run(kind.generate)
    let text = String(decoding: try FileSystem.read(tool.path("k.pub"), limit: 4096), as: UTF8.self)
    let id = try PublicKey(file: tool.path("k.pub")).id
    let windows = "\u{FEFF}" + text.replacing("\n", with: "\r\n")
    for bytes in [Array(windows.utf8), windows.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }] {
      try FileSystem.write(bytes, to: tool.path("w.pub"))
      #expect(try PublicKey(file: tool.path("w.pub")).id == id)
    }
  }

  @Test(arguments: ToolKind.all) func opensslVerifiesWhatWeSign(kind: ToolKind) throws {
    try tool.run(kind.generate)
    let key = try PrivateKey(file: tool.path("k.key"))
    try FileSystem.write(message.withUnsafeBytes { try key.sign($0) }, to: tool.path("signature"))
    try tool.run(kind.verify)
  }

  @Test(arguments: ToolKind.all) func weVerifyWhatOpensslSigns(kind: ToolKind) throws {
    try tool.run("\(kind.generate) && \(kind.sign)")
    let key = try PublicKey(file: tool.path("k.pub"))
    let signature = try FileSystem.read(tool.path("signature"), limit: 4096)
    #expect(message.withUnsafeBytes { key.verify(signature: signature, message: $0) })
  }

  @Test(arguments: ToolKind.all) func anEmptyMessageCanBeSigned(kind: ToolKind) throws {
    try tool.run(kind.generate)
    let key = try PrivateKey(file: tool.path("k.key"))
    let empty = UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(key.publicKey.verify(signature: try key.sign(empty), message: empty))
  }

  @Test(arguments: [
    "openssl ecparam -name prime256v1 -genkey -out k.key",
    "openssl ecparam -name prime256v1 -genkey -noout -out k.key",
    "openssl genrsa -traditional -out k.key 3072",
  ])
  func readsTraditionalForms(command: String) throws {
    try tool.run("\(command) && openssl pkey -in k.key -pubout -out k.pub")
    let key = try PrivateKey(file: tool.path("k.key")) { () throws(SealiftError) in
      Issue.record("a passphrase is asked for although the key is not encrypted")
      return []
    }
    #expect(try key.id == PublicKey(file: tool.path("k.pub")).id)
  }

  @Test(arguments: [
    "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-256-cbc -pass pass:secret -out k.key",
    "openssl genpkey -algorithm ed25519 -aes-128-cbc -pass pass:secret -out k.key",
    "openssl genrsa -traditional -aes128 -passout pass:secret -out k.key 2048",
    "openssl ecparam -name prime256v1 -genkey | openssl ec -aes256 -passout pass:secret -out k.key",
  ])
  func readsEncryptedKeysAndAsksOnce(command: String) throws {
    try tool.run(command)
    var asked = 0
    let key = try PrivateKey(file: tool.path("k.key")) { () throws(SealiftError) in
      asked += 1
      return Array("secret".utf8)
    }
    #expect(asked == 1)
    let signature = try message.withUnsafeBytes { try key.sign($0) }
    #expect(message.withUnsafeBytes { key.publicKey.verify(signature: signature, message: $0) })

    let path = tool.path("k.key")
    let wrong = #expect(throws: SealiftError.self) { try PrivateKey(file: path) { Array("Secret".utf8) } }
    #expect(wrong?.problem == "the passphrase does not open \(path)")
    let none = #expect(throws: SealiftError.self) { try PrivateKey(file: path) }
    #expect(none?.problem == "\(path) is encrypted, and no passphrase was given")
    #expect(none?.nextStep == "give it with --passphrase-file FILE")
    let empty = #expect(throws: SealiftError.self) { try PrivateKey(file: path) { [] } }
    #expect(empty?.problem == "the passphrase is empty")
    let long = #expect(throws: SealiftError.self) { try PrivateKey(file: path) { Array(repeating: 65, count: 1025) } }
    #expect(long?.problem == "the passphrase is longer than 1024 bytes")
    let refused = SealiftError(.usage, "no terminal", nextStep: "look for one")
    let passed = #expect(throws: SealiftError.self) {
      try PrivateKey(file: path) { () throws(SealiftError) in throw refused }
    }
    #expect(passed?.problem == "no terminal")
  }

  @Test func aKeyIsUsedFromManyTasksAtOnce() async throws {
    let key = try PrivateKey.generate()
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<64 {
        group.addTask {
          let message = Array("message \(number)".utf8)
          guard let signature = try? message.withUnsafeBytes({ try key.sign($0) }) else { return false }
          return message.withUnsafeBytes { key.publicKey.verify(signature: signature, message: $0) }
        }
      }
      for await isValid in group { #expect(isValid) }
    }
  }

  @Test func halvesThatDoNotBelongTogetherDoNotSign() throws {
    // The point of one key is put behind the number of another.
    try tool.run(
      """
      for k in a b; do openssl ecparam -name prime256v1 -genkey -noout -outform DER -out $k.der; done
      { head -c 39 a.der; tail -c +40 b.der; } > mixed.der
      { echo '-----BEGIN EC PRIVATE KEY-----'; base64 mixed.der; echo '-----END EC PRIVATE KEY-----'; } > k.key
      """)
    let key = try PrivateKey(file: tool.path("k.key"))
    let error = #expect(throws: SealiftError.self) { try message.withUnsafeBytes { try key.sign($0) } }
    #expect(error?.problem == "the two halves of the key \(key.id) do not belong together")
  }

  @Test(arguments: ["", "0", String(repeating: "A", count: 64), String(repeating: "g", count: 64), "sha256:"])
  func aKeyIDIsExactly64LowerCaseHexDigits(text: String) {
    #expect(KeyID(hex: text) == nil)
  }
}
