import Digests
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20)), .enabled(if: hasTool("skopeo"), "needs skopeo"))
struct OCILayoutSkopeoTests {
  private let directory: TemporaryDirectory
  private let pool = BlockingPool(threads: 2)

  init() throws { directory = try TemporaryDirectory() }

  private func skopeo(_ arguments: String...) throws -> String {
    let result = try runTool("skopeo", ["--insecure-policy"] + arguments)
    try #require(result.status == 0, "skopeo \(arguments): \(result.errors)")
    return result.output
  }

  /// A layer as gzip makes it: skopeo compresses whatever is not.
  private func layer(_ fixture: LayoutFixture, seed: UInt64) throws -> Descriptor {
    let path = directory("layer\(seed)")
    try FileSystem.write(LayoutFixture.noise(seed: seed, size: 20_000), to: path)
    try #require(try runTool("gzip", ["-n", path]).status == 0)
    let bytes = try FileSystem.read(path + ".gz", limit: 1 << 20)
    return try fixture.blob(bytes, "application/vnd.oci.image.layer.v1.tar+gzip")
  }

  private func copy(_ root: Descriptor, tag: String, from source: OCILayout, to target: OCILayoutTarget) async throws {
    let fetched = try #require(try await source.manifest(.digest(root.digest), in: ""))
    for child in fetched.manifest.children { try await copy(child, tag: "", from: source, to: target) }
    if case .image(let config, let layers) = fetched.manifest.content {
      for blob in [config] + layers {
        let collector = Collector()
        try await source.blob(blob, in: "", from: 0) { collector.take($0) }
        #expect(SHA256Hasher.digest(of: collector.bytes) == blob.digest)
        try await target.putBlob(SampleBlob(collector.bytes), in: "path/a")
      }
    }
    try await target.putManifest(
      fetched.bytes, mediaType: fetched.descriptor.mediaType,
      as: tag.isEmpty ? .digest(root.digest) : .tag(tag), in: "path/a")
  }

  @Test func whatSkopeoWritesIsReadAndTheOtherWayRound() async throws {
    let fixture = try LayoutFixture(directory("made"))
    let single = try fixture.image([layer(fixture, seed: 1)], name: "single")
    let index = try fixture.index(
      [
        fixture.image([layer(fixture, seed: 2)]),
        fixture.image([layer(fixture, seed: 3)], architecture: "arm64"),
      ], name: "index")

    for name in ["single", "index"] {
      _ = try skopeo("copy", "--all", "oci:\(fixture.path):\(name)", "oci:\(directory("theirs")):x/\(name):1.0")
    }
    let theirs = try await OCILayout(directory("theirs"), pool: pool)
    #expect(try await theirs.images(named: "x/single:1.0").map(\.digest) == [single.digest])
    #expect(try await theirs.images(named: "x/index:1.0").map(\.digest) == [index.digest])

    let target = try await OCILayoutTarget(directory("ours"), pool: pool)
    try await copy(single, tag: "1.0", from: theirs, to: target)
    try await copy(index, tag: "all", from: theirs, to: target)
    try await target.commit()
    let ours = "oci:\(directory("ours"))"
    for (tag, root) in [("1.0", single), ("all", index)] {
      let raw = try skopeo("inspect", "--raw", "\(ours):path/a:\(tag)")
      #expect(SHA256Hasher.digest(of: Array(raw.utf8)) == root.digest)
      _ = try skopeo("copy", "--all", "\(ours):path/a:\(tag)", "oci:\(directory("back")):\(tag)")
    }
    let back = try await OCILayout(directory("back"), pool: pool)
    #expect(try await back.images(named: nil).map(\.digest) == [single.digest, index.digest])
    #expect(
      try FileSystem.list(directory("back/blobs/sha256")) == FileSystem.list(directory("made/blobs/sha256")))
  }

  @Test func skopeoAndWeAddToOneLayout() async throws {
    let fixture = try LayoutFixture(directory("made"))
    let first = try fixture.image([layer(fixture, seed: 1)], name: "first")
    let second = try fixture.image([layer(fixture, seed: 2)], name: "second")
    let source = try await OCILayout(fixture.path, pool: pool)
    let path = directory("shared")
    for round in 0..<2 {
      let target = try await OCILayoutTarget(path, pool: pool)
      try await copy(first, tag: "r\(round)", from: source, to: target)
      try await target.commit()
      _ = try skopeo("copy", "oci:\(fixture.path):second", "oci:\(path):theirs:\(round)")
    }
    let shared = try await OCILayout(path, pool: pool)
    for (name, image) in [("path/a:r0", first), ("path/a:r1", first), ("theirs:0", second), ("theirs:1", second)] {
      #expect(try await shared.images(named: name).map(\.digest) == [image.digest])
    }
  }
}
