import BundleFormat
import Digests
import OCI
import Signing
import SystemIO
import TestSupport
import Testing

/// The auditor's steps on sound bundles, and with what does not prove one.
struct AuditorTests {
  let auditor: Auditor

  init() throws { auditor = try Auditor() }

  /// Writes a bundle that `keys` sign, each with its public half as `0.pub`, `1.pub` and so on.
  @discardableResult
  private func write(_ keys: [PrivateKey], _ layers: [TinyBundle.Layer] = layers) throws -> TinyBundle {
    let bundle = TinyBundle(layers: layers, keys: keys, release: TinyRelease())
    try bundle.write(to: auditor.directory("b.tar.zst"))
    for (number, key) in keys.enumerated() { try auditor.write(key.publicKey.pem, to: "\(number).pub") }
    return bundle
  }

  private static let layers = [TinyBundle.Layer.gzip(SampleBundle.bytes(5000)), .tar(SampleBundle.bytes(70_000))]

  private func expectProof(_ result: ToolResult, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(result.status == 0, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.isEmpty, sourceLocation: sourceLocation)
    #expect(result.output.split(separator: "\n").last?.hasPrefix("PROVEN: ") == true, sourceLocation: sourceLocation)
  }

  private func expectRefusal(_ result: ToolResult, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation)
  {
    #expect(result.status != 0, sourceLocation: sourceLocation)
    #expect(result.errors.contains(reason), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.hasSuffix("NOT PROVEN: use nothing of this bundle\n"), sourceLocation: sourceLocation)
    #expect(!result.output.contains("PROVEN"), sourceLocation: sourceLocation)
  }

  @Test("Bundles of every shape are proven", Auditor.condition, arguments: SampleBundle.all)
  func shapes(_ sample: SampleBundle) throws {
    let bundle = try sample.write(to: auditor.directory("b.tar.zst"))
    try auditor.write(TinyBundle.exampleKey.publicKey.pem, to: "0.pub")
    let result = try auditor.audit(["0.pub"])
    expectProof(result)
    #expect(result.output.contains("signed by     \(try TinyBundle.exampleKey.id), "))
    let count = bundle.index.files.count + bundle.index.metadata.count + bundle.index.blobs.count
    #expect(result.output.contains("\nfiles         \(count), each as signed, and no byte beside them\n"))
    for blob in bundle.index.blobs {
      let path = auditor.directory("out/\(BundleLayout.blobName(blob.descriptor.digest))")
      #expect(try FileSystem.read(path, limit: 1 << 24) == bundle.contents[blob.descriptor.digest])
    }
  }

  @Test("The head alone tells who signed and what is inside", Auditor.condition)
  func head() throws {
    let bundle = try TinyBundle.example
    try bundle.write(to: auditor.directory("b.tar.zst"))
    try auditor.write(TinyBundle.exampleKey.publicKey.pem, to: "0.pub")
    let result = try auditor.audit(["0.pub"], ["HEAD_ONLY=1"])
    expectProof(result)
    let image = bundle.index.images[0].manifest.digest
    #expect(result.output.contains("bundle        \(SHA256Hasher.digest(of: bundle.index.bytes))\n"))
    #expect(
      result.output.contains(
        "image         team/tiny:1.0 \(image), release 4.18.1 amd64, linux/amd64, from registry.example/team/tiny:1.0\n"
      ))
    #expect(result.output.contains("release       4.18.1 amd64 \(image), keys "))
    #expect(result.output.contains("catalog       registry.example/team/tiny:1.0 \(image), packages tiny\n"))
    #expect(result.output.contains("file          tiny-1.0.tar.gz sha256:"))
    #expect(result.output.contains("created       2026-11-01T00:00:00Z\n"))
    #expect(result.output.contains("beside it     bin/tiny\n"))
    #expect(try FileSystem.list(auditor.directory("out")).sorted() == ["bundle.json", "signatures"])
  }

  @Test("An update is proven for what is in it, and says what it rests on", Auditor.condition)
  func update() throws {
    var draft = HostileBundle.sample
    draft.keys = [try TinyBundle.exampleKey]
    let update = try #require(HostileBundle.all.first { $0.description == "a layer that a base has brought" })
    try update.change(&draft)
    try auditor.write(draft.bytes(), to: "b.tar.zst")
    try auditor.write(TinyBundle.exampleKey.publicKey.pem, to: "0.pub")
    let result = try auditor.audit(["0.pub"])
    expectProof(result)
    let base = draft.index.bases[0]
    #expect(result.output.contains("\nrests on      \(base.name) \(base.id), \(base.created)\n"))
    #expect(result.output.contains("\nheld          1 blobs of 4 bytes, which are not in the bundle\n"))
  }

  @Test(
    "Keys of every kind and form prove a bundle", Auditor.condition,
    arguments: [
      "openssl genpkey -algorithm ED25519", "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    ], ["-outform PEM", "-ec_conv_form compressed", "-ec_param_enc explicit", "-ec_conv_form hybrid"])
  func kinds(command: String, form: String) throws {
    guard command.contains(" EC ") || form.contains("PEM") else { return }
    let key = auditor.directory("k.key")
    let made = try runTool(
      "sh", ["-c", "\(command) > \(key) && openssl pkey -in \(key) -pubout \(form) > \(auditor.directory("k.pub"))"])
    #expect(made.status == 0, "\(made.errors)")
    try write([PrivateKey(pem: FileSystem.read(key, limit: 1 << 16), name: key)])
    expectProof(try auditor.audit(["k.pub"]))
  }

  @Test("Several keys must have signed, and each counts once", Auditor.condition)
  func threshold() throws {
    let keys: [PrivateKey] = [try .generate(), try TinyBundle.exampleKey, try .generate()]
    try write(keys)
    expectProof(try auditor.audit(["0.pub", "1.pub", "2.pub"], ["NEED=3"]))
    let one = try auditor.audit(["1.pub"])
    expectProof(one)
    #expect(one.output.contains("names a key   \(keys[0].id), and is not proven\n"))
    try auditor.write(keys[0].publicKey.pem, to: "again.pub")
    expectRefusal(
      try auditor.audit(["0.pub", "again.pub"], ["NEED=2"]), "audit: 1 of these keys have signed, and 2 must\n")
    try auditor.write(PrivateKey.generate().publicKey.pem, to: "other.pub")
    expectRefusal(try auditor.audit(["other.pub"]), "audit: 0 of these keys have signed, and 1 must\n")
    expectRefusal(try auditor.audit([]), "audit: 0 of these keys have signed, and 1 must\n")
    expectProof(try auditor.audit([], ["NEED=0"]))
  }

  @Test("A region without room for another signature", Auditor.condition)
  func fullRegion() throws {
    let keys = try (0..<63).map { _ in try PrivateKey.generate() }
    try write(keys)
    let result = try auditor.audit(["0.pub", "62.pub"], ["NEED=2"])
    expectProof(result)
    #expect(result.output.matches(of: #/names a key/#).count == 61)
  }

  @Test("A signature beside the bundle counts, and that of another bundle does not", Auditor.condition)
  func detached() throws {
    let key = try PrivateKey.generate()
    let bundle = try write([])
    try auditor.write(key.publicKey.pem, to: "0.pub")
    try auditor.write(bundle.index.bytes.withUnsafeBytes { try key.sign($0) }, to: "b.sig")
    let result = try auditor.audit(["0.pub", "b.sig"])
    expectProof(result)
    #expect(result.output.contains("signed by     \(key.id), in \(auditor.directory("b.sig"))\n"))
    for (name, bytes) in try [
      "of-another.sig": [UInt8]("another".utf8).withUnsafeBytes { try key.sign($0) }, "empty.sig": [],
    ] {
      try auditor.write(bytes, to: name)
      expectRefusal(
        try auditor.audit(["0.pub", name]), "\(name) is not a signature of this bundle by one of the keys\n")
    }
  }

  @Test("What is no key of a kind that signs is refused", Auditor.condition)
  func otherKeys() throws {
    try write([.generate()])
    try auditor.write(Array("no key\n".utf8), to: "no.pub")
    expectRefusal(try auditor.audit(["no.pub", "0.pub"]), "no.pub is no public key in PEM\n")
    expectRefusal(try auditor.audit(["absent.pub"]), "absent.pub is no file\n")
    #expect(try auditor.audit(["0.pub"]).status == 0)
    let again = try runTool(
      "bash",
      ["-c", "bash $0 $1 $2 $3", auditor.directory("audit.sh")]
        + ["b.tar.zst", "out", "0.pub"].map { auditor.directory($0) })
    expectRefusal(again, "audit: name a directory that is not there yet\n")
  }

  @Test("The program beside a bundle is proven where it lies there", Auditor.condition)
  func tools() throws {
    let bundle = try TinyBundle.example
    try bundle.write(to: auditor.directory("b.tar.zst"))
    try auditor.write(TinyBundle.exampleKey.publicKey.pem, to: "0.pub")
    let absent = try auditor.audit(["0.pub"])
    expectProof(absent)
    #expect(absent.output.contains("\nbeside it     \(auditor.directory("b.sealift")) is not there\n"))
    try FileSystem.makeDirectory(auditor.directory("b.sealift"))
    expectRefusal(try auditor.audit(["0.pub"]), "b.sealift holds other files\n")
    try FileSystem.makeDirectory(auditor.directory("b.sealift/bin"))
    try auditor.write(TinyRelease.tool, to: "b.sealift/bin/tiny")
    let sound = try auditor.audit(["0.pub"])
    expectProof(sound)
    #expect(sound.output.contains("\nbeside it     \(auditor.directory("b.sealift")), each file as signed\n"))
    try auditor.write([1], to: "b.sealift/bin/tiny")
    expectRefusal(try auditor.audit(["0.pub"]), "a file in \(auditor.directory("b.sealift")) is not the signed one\n")
    try auditor.write(TinyRelease.tool, to: "b.sealift/more")
    expectRefusal(try auditor.audit(["0.pub"]), "b.sealift holds other files\n")
    try FileSystem.remove(auditor.directory("b.sealift/more"))
    try FileSystem.rename(auditor.directory("b.sealift/bin/tiny"), to: auditor.directory("tiny"))
    try auditor.write(TinyRelease.tool, to: "tiny")
    #expect(try runTool("ln", ["-s", "../../tiny", auditor.directory("b.sealift/bin/tiny")]).status == 0)
    expectRefusal(try auditor.audit(["0.pub"]), "b.sealift holds other files\n")
  }

  @Test("Nothing of a bundle writes to the terminal what is no text", Auditor.condition)
  func odd() throws {
    var bundle = try TinyBundle.example
    var index = bundle.index
    index.images[0].source = "registry.example/\u{1B}[2J\u{9B}31m\u{202E}x"
    bundle = TinyBundle(index: index.withHeadFiles(), contents: bundle.contents, keys: bundle.keys)
    try bundle.write(to: auditor.directory("b.tar.zst"))
    try auditor.write(TinyBundle.exampleKey.publicKey.pem, to: "0.pub")
    let result = try auditor.audit(["0.pub"])
    expectProof(result)
    #expect(result.output.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A })
  }
}
