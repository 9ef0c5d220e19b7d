import Diagnostics
import Digests
import OCI
import Release
import SystemIO
import TestSupport
import Testing
import Versions

@Suite struct PayloadFilesTests {
  private static let digest = "sha256:\(String(repeating: "ab", count: 32))"

  private func stream(_ tags: String, kind: String = "ImageStream", name: String = "4.18.1") -> [UInt8] {
    Array(
      #"{"kind":"\#(kind)","metadata":{"name":"\#(name)","creationTimestamp":null},"spec":{"tags":[\#(tags)],"x":1}}"#
        .utf8)
  }

  private func tag(_ name: String, _ image: String, kind: String = "DockerImage") -> String {
    #"{"name":"\#(name)","annotations":{"a":"b"},"from":{"kind":"\#(kind)","name":"\#(image)"},"generation":null}"#
  }

  @Test func componentsAreSortedAndPinned() throws {
    let tags = [tag("pod", "quay.io/a/b@\(Self.digest)"), tag("cli", "quay.io:443/c@\(Self.digest)")]
    let references = try ImageReferences(stream(tags.joined(separator: ",")), release: "x")
    #expect(references.version.description == "4.18.1")
    #expect(references.components.map(\.name) == ["cli", "pod"])
    #expect(references["pod"]?.description == "quay.io/a/b@\(Self.digest)")
    #expect(references["none"] == nil)
  }

  @Test func whatIsNoListOfComponentsIsRefused() throws {
    let good = tag("pod", "quay.io/a/b@\(Self.digest)")
    let cases: [(bytes: [UInt8], problem: String)] = [
      (stream(tag("cli", "quay.io/a/b:v1")), "release x:1 names component cli as 'quay.io/a/b:v1'"),
      (stream(tag("cli", "quay.io/a/b")), "component cli without a usable image"),
      (stream(tag("cli", "quay.io/a/b@sha256:abc")), "component cli without a usable image"),
      (stream(tag("cli", "b@\(Self.digest)", kind: "ImageStreamTag")), "names component cli"),
      (stream(#"{"name":"cli"}"#), "component cli without a usable image"),
      (stream(#"{"name":"cli","from":null}"#), "component cli without a usable image"),
      (stream(tag("c/li", "b@\(Self.digest)")), "a component of the name 'c/li'"),
      (stream(good + "," + good), "the component pod twice"), (stream(""), "has 0 components"),
      (stream(good, kind: "Image"), "no ImageStream"), (stream(good, name: "latest"), "'latest'"),
      (Array("<html>".utf8), "image-references of release x:1"), ([], "image-references of release x:1"),
      (Array("{}".utf8), "no ImageStream"), (stream(good).dropLast(), "image-references of release x:1"),
      ([UInt8](repeating: 0x20, count: 10 << 20), "an image-references of 10 MiB, and at most 4 MiB are read"),
    ].map { (Array($0.0), $0.1) }
    for (bytes, problem) in cases {
      let error = #expect(throws: SealiftError.self) { try ImageReferences(bytes, release: "x:1") }
      #expect(error?.code == .protocol)
      #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }
  }

  @Test func metadataTellsVersionAndArchitecture() throws {
    let metadata = try PayloadMetadata(
      Array(
        """
        {"kind":"cincinnati-metadata-v0","version":"4.18.1","previous":["4.17.9","4.18.0"],"next":[],
        "metadata":{"url":"https://example.com","release.openshift.io/architecture":"multi","n":1}}
        """.utf8), release: "x")
    #expect(metadata.version.description == "4.18.1")
    #expect(metadata.architecture == .multi)
  }

  @Test(arguments: [
    #"{"kind":"other","version":"4.18.1"}"#, #"{"kind":"cincinnati-metadata-v0","version":"4.18"}"#,
    #"{"kind":"cincinnati-metadata-v0"}"#, "[]", "",
    #"{"kind":"cincinnati-metadata-v0","version":"4.1.1","metadata":{"release.openshift.io/architecture":"vax"}}"#,
  ])
  func otherMetadataIsRefused(text: String) throws {
    #expect(throws: SealiftError.self) { try PayloadMetadata(Array(text.utf8), release: "x") }
  }

  private static let verificationYAML = """
    # &anchors in comments do no harm
    ---
    apiVersion: v1
    kind: Namespace
    metadata: {name: other}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: release-verification
      annotations:
        include.release.openshift.io/x: "true"
        release.openshift.io/verification-config-map: ""
    data:
      store-openshift-official: "https://b.example/signatures"
      store-google: |
        https://a.example/signatures
      verifier-public-key-redhat: |
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        abc
        -----END PGP PUBLIC KEY BLOCK-----
      other: x
    """

  private static let verificationJSON = """
     {"kind":"ConfigMap","metadata":{"annotations":{"release.openshift.io/verification-config-map":""}},"data":{
    "store-openshift-official":"https://b.example/signatures","store-google":"https://a.example/signatures",
    "verifier-public-key-redhat":"-----BEGIN PGP PUBLIC KEY BLOCK-----\\n\\nabc\\n-----END PGP PUBLIC KEY BLOCK-----\\n"}}
    """

  @Test(arguments: [verificationYAML, verificationJSON])
  func keysAndStoresAreFound(text: String) throws {
    let found = try #require(try PayloadVerification(Array(text.utf8), source: "x"))
    #expect(found.stores.map(\.name) == ["google", "openshift-official"])
    #expect(found.stores.map(\.url) == ["https://a.example/signatures", "https://b.example/signatures"])
    #expect(found.keys.map(\.name) == ["redhat"])
    #expect(
      found.keys.first?.armored
        == "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n")
  }

  @Test(arguments: [
    "kind: ConfigMap\ndata: {store-x: y}\n", "a: &x 1\nb: *x\n", "", "\u{0}\u{1}",
    "kind: Deployment\nmetadata: {annotations: {release.openshift.io/verification-config-map: ''}}\n",
    "kind: ConfigMap\nmetadata: {name: x}\ndata: {release.openshift.io/verification-config-map: ''}\n",
    "- release.openshift.io/verification-config-map\n",
  ])
  func otherManifestsAreNotIt(text: String) throws {
    #expect(try PayloadVerification(Array(text.utf8), source: "x") == nil)
  }

  @Test func oneThatCannotBeReadStrictlyIsRefused() throws {
    let text = Self.verificationYAML + "\n  alias: &x y\n"
    let error = #expect(throws: SealiftError.self) { try PayloadVerification(Array(text.utf8), source: "file y") }
    #expect(error?.problem.contains("file y") == true)
  }
}

@Suite(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.reason))) struct RealPayloadTests {
  private func file(_ name: String) throws -> [UInt8] {
    try FileSystem.read(Corpus.path("release/4.12.0/\(name)"), limit: 1 << 24)
  }

  @Test func aRealReleaseHasItsComponents() throws {
    let references = try ImageReferences(try file("image-references"), release: "4.12.0")
    #expect(references.version.description == "4.12.0")
    #expect(references.components.count == 183)
    #expect(references.components.allSatisfy { $0.image.repository == "openshift-release-dev/ocp-v4.0-art-dev" })
    #expect(
      references["agent-installer-api-server"]?.digest?.hex
        == "f30638f60452062aba36a26ee6c036feead2f03b28f2c47f2b0a991e4182331e")
    let metadata = try PayloadMetadata(try file("release-metadata-synthetic-or-real.json"), release: "4.12.0")
    #expect(metadata.version == references.version)
    #expect(metadata.architecture == nil)
  }

  @Test func theBootImageOfOneMachineIsFoundThoughThatOfAnotherIsDamaged() throws {
    let images = PayloadBootImages(try file("0000_50_installer_coreos-bootimages.yaml"))
    let found = try images.kubeVirt(for: .amd64, release: "x")
    #expect(found.map(\.architecture) == [.amd64])
    #expect(found.first?.image.digest?.hex.hasPrefix("729265d5ef6ed6a4") == true)
    #expect(try images.kubeVirt(for: .arm64, release: "x").isEmpty)
    let error = #expect(throws: SealiftError.self) { try images.kubeVirt(for: .s390x, release: "x") }
    #expect(error?.problem.contains("s390x") == true)
  }
}
