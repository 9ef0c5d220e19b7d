import Diagnostics
import Digests
import JSON
import Layers
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct ImageBuilderTests {
  private let layer: WrittenLayer
  private let layerBytes: [UInt8]

  init() throws {
    let collector = Collector()
    layer = try LayerWriter.write([LayerEntry("configs/a", .bytes(Array("new".utf8))), LayerEntry("old", .whiteout)]) {
      collector.take($0)
    }
    layerBytes = collector.bytes
  }

  private var change: ImageChange {
    ImageChange(
      layers: [.init(layer, createdBy: "sealift")], command: ["serve", "/configs"],
      labels: ["operators.operatorframework.io.index.configs.v1": "/configs"])
  }

  /// Stores a built image in a layout that may have its base.
  private func store(_ image: BuiltImage, in path: String) async throws {
    let target = try await OCILayoutTarget(path, pool: pool)
    try await target.putBlob(SampleBlob(layerBytes), in: "")
    for document in image.documents {
      if document.descriptor.mediaType.isManifest {
        let reference: ManifestReference =
          document.descriptor.digest == image.root.digest ? .tag("built") : .digest(document.descriptor.digest)
        try await target.putManifest(document.bytes, mediaType: document.descriptor.mediaType, as: reference, in: "x")
      } else {
        try await target.putBlob(SampleBlob(document.bytes), in: "")
      }
    }
    try await target.commit()
  }

  /// Gives documents of a layout.
  private func reader(_ layout: String) -> (Descriptor) async throws -> [UInt8] {
    { try FileSystem.read("\(layout)/blobs/sha256/\($0.digest.hex)", limit: 1 << 24) }
  }

  private func tree(_ descriptor: Descriptor, _ image: BuiltImage) throws -> JSONValue {
    let document = try #require(image.documents.first { $0.descriptor.digest == descriptor.digest })
    return try JSONReader.value(document.bytes, source: "document")
  }

  @Test func otherToolsReadAnImageFromNothing() async throws {
    let directory = try TemporaryDirectory()
    let image = ImageBuilder(change).build(for: [Platform(os: "linux", architecture: "arm64", variant: "v8")])
    try await store(image, in: directory("layout"))
    let inspected = try runTool("skopeo", ["inspect", "--config", "oci:\(directory("layout")):x:built"])
    #expect(inspected.status == 0, "\(inspected.errors)")
    let config = try JSONReader.value(Array(inspected.output.utf8), source: "config")
    #expect(config["architecture"]?.text == "arm64")
    #expect(config["config"]?["Cmd"]?.elements == [.string("serve"), .string("/configs")])
    let copied = try runTool(
      "skopeo", ["copy", "--insecure-policy", "oci:\(directory("layout")):x:built", "oci:\(directory("copy")):built"])
    #expect(copied.status == 0, "\(copied.errors)")
    let unpacked = try runTool(
      "umoci", ["unpack", "--rootless", "--image", "\(directory("copy")):built", directory("bundle")])
    #expect(unpacked.status == 0, "\(unpacked.errors)")
    #expect(try FileSystem.read(directory("bundle/rootfs/configs/a"), limit: 10) == Array("new".utf8))
  }

  @Test func aBaseKeepsItsFilesUnderTheNewOnes() async throws {
    let base = try TestImage()
    try base.layer("mkdir configs; printf base > configs/a; printf base > kept; printf base > old")
    // umoci makes the base's config and manifest; the layer is put into it as any tool would.
    let script = """
      umoci init --layout base; umoci new --image base:base
      gzip -dc \(base.layout.path)/blobs/sha256/\(base.layers[0].digest.hex) > layer.tar
      umoci raw add-layer --image base:base layer.tar
      """
    let made = try runTool("sh", ["-ec", "cd \(base.directory.path); \(script)"])
    try #require(made.status == 0, "\(made.errors)")
    let path = base.directory("base")
    let root = try #require(await OCILayout(path, pool: pool).entries.first)
    let image = try await ImageBuilder(change).build(on: root, reader(path))
    try await store(image, in: path)
    let viaSkopeo = try runTool(
      "skopeo", ["copy", "--insecure-policy", "oci:\(path):x:built", "oci:\(base.directory("copy")):built"])
    try #require(viaSkopeo.status == 0, "\(viaSkopeo.errors)")
    let bundle = try runTool(
      "umoci",
      ["raw", "unpack", "--rootless", "--image", "\(base.directory("copy")):built", base.directory("rootfs")])
    try #require(bundle.status == 0, "\(bundle.errors)")
    #expect(try FileSystem.read(base.directory("rootfs/configs/a"), limit: 10) == Array("new".utf8))
    #expect(try FileSystem.read(base.directory("rootfs/kept"), limit: 10) == Array("base".utf8))
    #expect(!FileSystem.exists(base.directory("rootfs/old")))
  }

  @Test(arguments: [false, true])
  func everyPlatformOfTheBaseIsChangedAndTheRestIsKept(docker: Bool) async throws {
    let base = try BaseImage(docker: docker)
    let image = try await ImageBuilder(change).build(on: base.root, reader(base.layout.path))
    #expect(image.documents.last?.descriptor == image.root)
    #expect(image.root.mediaType == (docker ? .dockerList : .ociIndex))
    let index = try tree(image.root, image)
    #expect(index["x-unknown"]?.text == "of the index")
    let manifests = try #require(index["manifests"]?.elements)
    #expect(manifests.map { $0["platform"]?["architecture"]?.text } == ["amd64", "s390x"])
    for (entry, old) in zip(manifests, base.images) {
      #expect(entry["x-unknown"]?.text == "of the entry")
      let digest = try Digest(try #require(entry["digest"]?.text))
      #expect(digest != old.digest)
      let document = try #require(image.documents.first { $0.descriptor.digest == digest })
      let manifest = try Manifest(document.bytes, mediaType: nil, source: "manifest")
      guard case .image(let config, let layers) = manifest.content else {
        return _ = Issue.record("an image is expected")
      }
      #expect(config.mediaType == (docker ? .dockerConfig : .ociConfig))
      #expect(layers.count == 2)
      #expect(layers.first?.digest == base.layer.digest)
      #expect(layers.last?.digest == layer.descriptor.digest)
      #expect(layers.last?.mediaType == layers.first?.mediaType)
      let manifestTree = try tree(document.descriptor, image)
      #expect(manifestTree["x-unknown"]?.text == "of the manifest")
      let configTree = try tree(config, image)
      #expect(configTree["x-unknown"] == .number("1.50"))
      #expect(configTree["created"]?.text == "2024-01-01T00:00:00Z")
      #expect(configTree["config"]?["Env"]?.elements == [.string("A=B")])
      #expect(configTree["config"]?["Entrypoint"]?.elements == [.string("/bin/opm")])
      #expect(configTree["config"]?["Cmd"]?.elements == [.string("serve"), .string("/configs")])
      #expect(configTree["config"]?["Labels"]?["kept"]?.text == "yes")
      #expect(configTree["config"]?["Labels"]?["operators.operatorframework.io.index.configs.v1"]?.text == "/configs")
      #expect(configTree["rootfs"]?["diff_ids"]?.elements?.last == .string(layer.diffID.description))
      #expect(configTree["rootfs"]?["diff_ids"]?.elements?.count == 2)
      #expect(configTree["history"]?.elements?.last == .object([.init("created_by", .string("sealift"))]))
    }
    let again = try await ImageBuilder(change).build(on: base.root, reader(base.layout.path))
    #expect(again.root == image.root)
    for document in image.documents {
      #expect(document.descriptor.digest == SHA256Hasher.digest(of: document.bytes))
      #expect(JSONWriter.bytes(of: try JSONReader.value(document.bytes, source: "document")) == document.bytes)
    }
  }

  @Test func aHistoryThatIsMissingStaysMissing() async throws {
    let base = try BaseImage(docker: false)
    let bare = try base.layout.image([base.layer])
    let image = try await ImageBuilder(change).build(on: bare, reader(base.layout.path))
    let config = try JSONReader.value(try #require(image.documents.first).bytes, source: "config")
    #expect(config["history"] == nil)
    #expect(config["rootfs"]?["diff_ids"]?.elements == [.string(layer.diffID.description)])
  }

  @Test func aBaseThatIsDamagedOrNoImageIsRefused() async throws {
    let base = try BaseImage(docker: false)
    let damaged = await #expect(throws: SealiftError.self) {
      try await ImageBuilder(change).build(on: base.root) { _ in Array("{}".utf8) }
    }
    #expect(damaged?.problem.contains("another digest or size") == true)
    let index = try base.layout.index([base.attestation])
    let empty = await #expect(throws: SealiftError.self) {
      try await ImageBuilder(change).build(on: index, reader(base.layout.path))
    }
    #expect(empty?.problem.contains("index without images") == true)
  }

  @Test func severalPlatformsFromNothingMakeAnIndex() throws {
    let platforms = ["amd64", "arm64"].map { Platform(os: "linux", architecture: $0) }
    let image = ImageBuilder(change).build(for: platforms)
    let root = try Manifest(try #require(image.documents.last).bytes, mediaType: nil, source: "index")
    #expect(root.children.map(\.platform) == platforms)
    #expect(image.root == ImageBuilder(change).build(for: platforms).root)
  }
}
