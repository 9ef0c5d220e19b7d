import Diagnostics
import Glibc
import Signing
import SystemIO
import TestSupport
import Testing

@Suite struct KeyPairFilesTests {
  let tool: OpenSSLTool

  init() throws { tool = try OpenSSLTool() }

  @Test func opensslReadsBothFiles() throws {
    let files = try KeyPairFiles.generate(name: tool.path("team"))
    #expect(files.privatePath == tool.path("team.key"))
    #expect(files.publicPath == tool.path("team.pub"))
    #expect(try FileSystem.list(tool.directory.path) == ["team.key", "team.pub"])
    #expect(try File(files.privatePath, .read).status().st_mode & 0o7777 == 0o600)
    #expect(try tool.run("openssl pkey -in team.key -pubout | diff - team.pub").isEmpty)
    #expect(try tool.run("head -1 team.key") == "-----BEGIN PRIVATE KEY-----\n")
    #expect(try PublicKey(file: files.publicPath).id == files.id)
    #expect(try PublicKey(file: files.publicPath).kind == .ecdsaP256)
  }

  @Test func aPassphraseEncryptsThePrivateHalf() throws {
    let files = try KeyPairFiles.generate(name: tool.path("team"), passphrase: Array("open sesame".utf8))
    #expect(try tool.run("head -1 team.key") == "-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    let structure = try tool.run("openssl asn1parse -in team.key")
    for part in ["PBES2", "PBKDF2", ":0927C0", "hmacWithSHA256", "aes-256-cbc"] { #expect(structure.contains(part)) }
    #expect(try tool.run("openssl pkey -in team.key -passin 'pass:open sesame' -pubout | diff - team.pub").isEmpty)
    #expect(try tool.attempt("openssl pkey -in team.key -passin pass:other -noout").status != 0)
    #expect(try PrivateKey(file: files.privatePath) { Array("open sesame".utf8) }.id == files.id)
  }

  @Test(arguments: ["team.key", "team.pub"]) func neverOverwrites(name: String) throws {
    try FileSystem.write([1, 2, 3], to: tool.path(name))
    let error = #expect(throws: SealiftError.self) { try KeyPairFiles.generate(name: tool.path("team")) }
    #expect(error?.problem.hasPrefix(tool.path(name)) == true)
    #expect(error?.nextStep.contains(name == "team.key" ? "openssl pkey -in" : "choose another name") == true)
    #expect(try FileSystem.list(tool.directory.path) == [name], "both files or none")
    #expect(try FileSystem.read(tool.path(name), limit: 10) == [1, 2, 3])
  }

  @Test func anEmptyPassphraseIsRefusedBeforeAnythingIsWritten() throws {
    #expect(throws: SealiftError.self) { try KeyPairFiles.generate(name: tool.path("team"), passphrase: []) }
    #expect(try FileSystem.list(tool.directory.path) == [])
  }
}
