import Content
import Diagnostics
import Digests
import HTTPTransport
import Layers
import OCI
import Registry
import Release
import SystemIO
import TestSupport
import Testing

@testable import Gathering

private let pool = BlockingPool(threads: 4)

/// A registry that notes which blobs are fetched.
private final class RecordingSource: ImageSource {
  private let client: RegistryClient
  private let digests = Shared<[Digest]>([])

  init(_ client: RegistryClient) { self.client = client }

  /// The blobs, in order.
  var fetched: [Digest] { digests.with { $0 } }

  func manifest(_ reference: ManifestReference, in repository: String) async throws -> FetchedManifest? {
    try await client.manifest(reference, in: repository)
  }

  func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    digests.with { $0.append(descriptor.digest) }
    try await client.blob(descriptor, in: repository, from: offset, consume)
  }
}

/// Payloads in a real registry.
@Suite(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)), .timeLimit(.minutes(20)))
struct PayloadReaderTests {
  private static let repository = "release/payloads"
  private static let digest = "sha256:\(String(repeating: "ab", count: 32))"
  private let server: RegistryServer
  private let client: RegistryClient
  private let source: RecordingSource

  init() throws {
    server = try RegistryServer()
    var options = RegistryOptions(pool: pool)
    options.tls.verify = false
    options.plainHTTPAllowed = true
    client = RegistryClient(server.address, options: options)
    source = RecordingSource(client)
  }

  private var files: [String: String] {
    [
      "image-references": #"""
      {"kind":"ImageStream","metadata":{"name":"4.18.1"},"spec":{"tags":[
      {"name":"pod","from":{"kind":"DockerImage","name":"quay.io/a/b@\#(Self.digest)"}}]}}
      """#,
      "release-metadata": #"{"kind":"cincinnati-metadata-v0","version":"4.18.1"}"#,
      "0000_20_unreadable.yaml": "a: &x 1\nb: *x\n",
      "0000_30_large.yaml": String(repeating: "# filler\n", count: 400_000),
      "0000_50_verification.yaml": """
      kind: ConfigMap
      metadata: {annotations: {release.openshift.io/verification-config-map: ""}}
      data: {store-a: "https://first.example"}
      """,
      "0000_60_verification.yaml": """
      kind: ConfigMap
      metadata: {annotations: {release.openshift.io/verification-config-map: ""}}
      data: {store-a: "https://second.example"}
      """,
      "0000_50_installer_coreos-bootimages.yaml": """
      kind: ConfigMap
      data:
        stream: '{"architectures":{"x86_64":{"images":{"kubevirt":{"digest-ref":"quay.io/a/v@\(Self.digest)"}}}}}'
      """,
    ]
  }

  private func entries(_ files: [String: String]) -> [LayerEntry] {
    files.map { LayerEntry("release-manifests/\($0)", .bytes(Array($1.utf8))) }
  }

  /// Sends a layer.
  private func layer(_ entries: [LayerEntry]) async throws -> ImageChange.Layer {
    let collector = Collector()
    let layer = try LayerWriter.write(entries) { collector.take($0) }
    try await client.putBlob(SampleBlob(collector.bytes), in: Self.repository)
    return ImageChange.Layer(layer, createdBy: "test")
  }

  /// Sends an image and reads it as a payload.
  private func read(_ layers: [ImageChange.Layer], architectures: [String] = ["amd64"]) async throws -> ReleasePayload {
    let image = ImageBuilder(ImageChange(layers: layers)).build(
      for: architectures.map { Platform(os: "linux", architecture: $0) })
    for document in image.documents {
      if document.descriptor.mediaType.isManifest {
        try await client.putManifest(
          document.bytes, mediaType: document.descriptor.mediaType, as: .digest(document.descriptor.digest),
          in: Self.repository)
      } else {
        try await client.putBlob(SampleBlob(document.bytes), in: Self.repository)
      }
    }
    let root = try #require(try await client.manifest(.digest(image.root.digest), in: Self.repository))
    return try await PayloadReader(repository: ImageRepository(Self.repository, of: source)).read(root, release: "R")
  }

  @Test func aPayloadIsReadWithoutTheLayersBelowItsManifests() async throws {
    let base = try await layer([LayerEntry("usr/bin/x", .bytes([1]))])
    let middle = try await layer(entries(files))
    let top = try await layer([LayerEntry("etc/x", .bytes([2]))])
    let payload = try await read([base, middle, top])
    #expect(payload.tag == "4.18.1-x86_64")
    #expect(payload.references.components.map(\.name) == ["pod"])
    #expect(payload.verification?.stores.map(\.url) == ["https://first.example"])
    #expect(try payload.bootImages?.kubeVirt(for: .amd64, release: "R").map(\.image.repository) == ["a/v"])
    let fetched = source.fetched
    #expect(fetched.prefix(2) == [top.layer.descriptor.digest, middle.layer.descriptor.digest])
    #expect(!fetched.contains(base.layer.descriptor.digest))
  }

  @Test func aPayloadOfSeveralArchitecturesIsReadOnce() async throws {
    let payload = try await read([try await layer(entries(files))], architectures: ["arm64", "amd64"])
    #expect(payload.architecture == .multi)
    #expect(payload.tag == "4.18.1-multi")
  }

  @Test func whatAnotherLayerReplacesCounts() async throws {
    var newer = files
    newer["image-references"] = files["image-references"]?.replacing("pod", with: "cli")
    let payload = try await read([try await layer(entries(files)), try await layer(entries(newer))])
    #expect(payload.references.components.map(\.name) == ["cli"])
  }

  @Test(arguments: [
    ("image-references", nil, "release R has no release-manifests/image-references"),
    ("release-metadata", nil, "release R has no release-manifests/release-metadata"),
    ("image-references", "<html>", "image-references of release R"),
    (
      "release-metadata", #"{"kind":"cincinnati-metadata-v0","version":"4.18.2"}"#,
      "release R is 4.18.2 by its release-metadata, and 4.18.1 by its image-references"
    ),
  ])
  func whatIsNoPayloadIsRefused(file: String, content: String?, problem: String) async throws {
    try await expectRefusal(of: content, as: file, problem)
  }

  // Not an argument of the test: the whole text of one is printed.
  @Test func aFileBeyondItsLimitIsRefused() async throws {
    try await expectRefusal(
      of: String(repeating: " ", count: 10 << 20), as: "image-references",
      "release-manifests/image-references with 10 MiB, and at most 4 MiB are read")
  }

  private func expectRefusal(
    of content: String?, as file: String, _ problem: String, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    var files = files
    files[file] = content
    let layers = [try await layer(entries(files))]
    let error = await #expect(throws: SealiftError.self, sourceLocation: location) { try await read(layers) }
    #expect(error?.code == .protocol, sourceLocation: location)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")", sourceLocation: location)
    #expect(error?.problem.contains("release R") == true, sourceLocation: location)
  }

  @Test func anArchitectureThatOpenShiftHasNotIsRefused() async throws {
    let layers = [try await layer(entries(files))]
    let error = await #expect(throws: SealiftError.self) { try await read(layers, architectures: ["riscv64"]) }
    #expect(error?.problem.contains("'riscv64'") == true)
  }
}
