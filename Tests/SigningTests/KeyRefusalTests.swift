import Diagnostics
import Signing
import SystemIO
import TestSupport
import Testing

@Suite struct KeyRefusalTests {
  let tool: OpenSSLTool

  init() throws { tool = try OpenSSLTool() }

  static let unsupported = "and only ECDSA P-256, RSA of 2048 to 16384 bits and Ed25519 are supported"

  @Test(arguments: [
    (
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out k.key",
      "is an EC key on the curve secp384r1, \(unsupported)"
    ),
    (
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out k.key",
      "is an EC key on the curve secp256k1, \(unsupported)"
    ),
    (
      "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out k.key",
      "is an RSA key of 1024 bits, \(unsupported)"
    ),
    (
      "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2047 -out k.key",
      "is an RSA key of 2047 bits, \(unsupported)"
    ),
    ("openssl genpkey -algorithm RSA-PSS -out k.key", "is a key of type RSA-PSS, \(unsupported)"),
    ("openssl genpkey -algorithm ed448 -out k.key", "is a key of type ED448, \(unsupported)"),
    ("openssl genpkey -algorithm x25519 -out k.key", "is a key of type X25519, \(unsupported)"),
    (
      "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -conv_form compressed -out k.key",
      "is a P-256 key in a compressed or explicit form"
    ),
    (
      "openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout -out k.key",
      "is a P-256 key in a compressed or explicit form"
    ),
  ])
  func refusesOtherKindsByName(command: String, problem: String) throws {
    try tool.run("\(command) && openssl pkey -in k.key -pubout -out k.pub")
    let open = #expect(throws: SealiftError.self) { try PublicKey(file: tool.path("k.pub")) }
    #expect(open?.problem == "\(tool.path("k.pub")) \(problem)")
    #expect(open?.code == .configuration)
    let secret = #expect(throws: SealiftError.self) { try PrivateKey(file: tool.path("k.key")) }
    #expect(secret?.problem == "\(tool.path("k.key")) \(problem)")
  }

  @Test(arguments: [
    (
      "openssl req -x509 -newkey ed25519 -nodes -subj /CN=x -keyout k -out f",
      "f is a certificate, and only bare keys are supported"
    ),
    ("openssl genpkey -algorithm ed25519 -out f", "f is a private key, and a public one is needed here"),
    ("openssl ecparam -name prime256v1 -genkey -out f", "f holds 'EC PARAMETERS', which is not supported"),
    (
      "openssl genrsa 2048 | openssl rsa -RSAPublicKey_out -out f",
      "f is a public key in PKCS#1 form, which is not supported"
    ),
    (
      "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -outform DER -out f", "f is not PEM but looks like DER"
    ),
    ("echo '-----BEGIN OPENSSH PRIVATE KEY-----' > f", "f is a key in OpenSSH form, which is not supported"),
    ("echo ssh-ed25519 AAAA > f", "f holds no key in PEM form"),
    (": > f", "f holds no key in PEM form"),
    (
      "for i in 1 2; do openssl genpkey -algorithm ed25519 | openssl pkey -pubout; done > f", "f holds 2 public keys"
    ),
    ("head -c 65537 /dev/zero > f", "f is larger than 64 KiB"),
  ])
  func refusesWhatIsNotAPublicKey(command: String, problem: String) throws {
    try tool.run(command)
    let error = #expect(throws: SealiftError.self) { try PublicKey(file: tool.path("f")) }
    #expect(error?.problem == "\(tool.directory.path)/\(problem)")
  }

  @Test(arguments: [
    (
      "openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out f",
      "f is a public key, and signing needs the private one"
    ),
    ("for i in 1 2; do openssl genpkey -algorithm ed25519; done > f", "f holds 2 private keys"),
    (
      "openssl req -x509 -newkey ed25519 -nodes -subj /CN=x -keyout f >> f",
      "f is a certificate, and only bare keys are supported"
    ),
    ("echo '-----BEGIN DH PARAMETERS-----' > f", "f holds 'DH PARAMETERS', which is not supported"),
  ])
  func refusesWhatIsNotAPrivateKey(command: String, problem: String) throws {
    try tool.run(command)
    let error = #expect(throws: SealiftError.self) { try PrivateKey(file: tool.path("f")) }
    #expect(error?.problem == "\(tool.directory.path)/\(problem)")
  }

  @Test func refusesDamagedKeysOfEitherSort() throws {
    try tool.run("openssl genpkey -algorithm ed25519 -out k.key && openssl pkey -in k.key -pubout -out k.pub")
    try tool.run("sed -i 's/^M/X/' k.key k.pub")
    let open = #expect(throws: SealiftError.self) { try PublicKey(file: tool.path("k.pub")) }
    #expect(open?.problem.hasPrefix("\(tool.path("k.pub")) is not a valid public key: ") == true)
    let secret = #expect(throws: SealiftError.self) { try PrivateKey(file: tool.path("k.key")) }
    #expect(secret?.problem.hasPrefix("\(tool.path("k.key")) is not a valid private key: ") == true)
  }

  @Test func refusesAnRSAKeyWhoseExponentIsOne() throws {
    try tool.run(
      """
      n=$(openssl genrsa 2048 | openssl rsa -noout -modulus | cut -d= -f2)
      printf 'asn1=SEQUENCE:k\\n[k]\\na=SEQUENCE:a\\nb=BITWRAP,SEQUENCE:b\\n' > c
      printf '[a]\\no=OID:rsaEncryption\\nn=NULL\\n[b]\\nn=INTEGER:0x%s\\ne=INTEGER:1\\n' $n >> c
      openssl asn1parse -genconf c -noout -out f.der
      { echo '-----BEGIN PUBLIC KEY-----'; base64 f.der; echo '-----END PUBLIC KEY-----'; } > f
      """)
    let error = #expect(throws: SealiftError.self) { try PublicKey(file: tool.path("f")) }
    #expect(error?.problem.hasPrefix("\(tool.path("f")) is not a sound RSA key: ") == true)
  }

  @Test func aMissingFileIsNamed() {
    let error = #expect(throws: SealiftError.self) { try PublicKey(file: tool.path("none.pub")) }
    #expect(error?.code == .notFound)
    #expect(error?.problem.contains("none.pub") == true)
  }
}
