import Diagnostics
import Digests
import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct OCILayoutTests {
  private let directory: TemporaryDirectory
  private let fixture: LayoutFixture
  private let pool = BlockingPool(threads: 2)

  init() throws {
    directory = try TemporaryDirectory()
    fixture = try LayoutFixture(directory("layout"))
  }

  private func layout() async throws -> OCILayout { try await OCILayout(fixture.path, pool: pool) }

  private func blobPath(_ descriptor: Descriptor) -> String { "\(fixture.path)/blobs/sha256/\(descriptor.digest.hex)" }

  private func refusal(_ body: () async throws -> Void) async throws -> SealiftError {
    try await #require(#expect(throws: SealiftError.self) { try await body() })
  }

  @Test func imagesAreAllEntriesOrTheOneThatIsNamed() async throws {
    let first = try fixture.image([fixture.layer(seed: 1, size: 10)], name: "path/a:1.0")
    let second = try fixture.image([fixture.layer(seed: 2, size: 10)], name: "host:5000/b:2")
    let nameless = try fixture.image([fixture.layer(seed: 3, size: 10)])
    try fixture.list(nameless)
    let layout = try await layout()
    #expect(try await layout.images(named: nil).map(\.digest) == [first.digest, second.digest, nameless.digest])
    #expect(try await layout.images(named: nil).map(\.referenceName) == ["path/a:1.0", "host:5000/b:2", nil])
    #expect(try await layout.images(named: "host:5000/b:2").map(\.digest) == [second.digest])
    let error = try await refusal { _ = try await layout.images(named: "path/a") }
    #expect(error.code == .notFound)
    #expect(error.nextStep == "name one that it has: host:5000/b:2, path/a:1.0")
  }

  @Test func anUnknownNameIsAnsweredWithAFewOfTheNames() async throws {
    let image = try fixture.image([])
    try fixture.list(image)
    let before = try await layout()
    let error = try await refusal { _ = try await before.images(named: "x") }
    #expect(error.nextStep.contains("no image in it has a name"))
    for number in 100..<125 { try fixture.tag(image, "n\(number)") }
    let after = try await layout()
    #expect(try await refusal { _ = try await after.images(named: "x") }.nextStep.hasSuffix("n118, n119 and 5 more"))
  }

  @Test func oneNameForTwoImagesIsAnError() async throws {
    let image = try fixture.image([], name: "a:1")
    try fixture.tag(image, "twice:same")
    try fixture.tag(image, "twice:same")
    #expect(try await layout().images(named: "twice:same").count == 1)
    #expect(try await layout().images(named: nil).count == 3)
    try fixture.tag(try fixture.image([fixture.layer(seed: 1, size: 1)]), "a:1")
    let layout = try await layout()
    for name in ["a:1", nil] {
      let error = try await refusal { _ = try await layout.images(named: name) }
      #expect(error.code == .corrupt)
      #expect(error.problem.contains("more than one image named 'a:1'"))
    }
    await #expect(throws: SealiftError.self) { try await layout.manifest(.tag("1"), in: "a") }
    #expect(try await layout.images(named: "twice:same").count == 1)
  }

  @Test func manifestsComeByDigestAndByTagByteForByte() async throws {
    let image = try fixture.image([fixture.layer(seed: 1, size: 5)], name: "path/a:1", docker: true)
    let bare = try fixture.image([fixture.layer(seed: 2, size: 5)], name: "sha256-x.sig")
    let layout = try await layout()
    let fetched = try #require(try await layout.manifest(.digest(image.digest), in: "whatever"))
    #expect(fetched.bytes == (try FileSystem.read(blobPath(image), limit: 1 << 20)))
    #expect(fetched.descriptor.digest == image.digest && fetched.descriptor.size == image.size)
    #expect(fetched.descriptor.mediaType == .dockerManifest)
    #expect(try await layout.manifest(.tag("1"), in: "path/a")?.descriptor.digest == image.digest)
    #expect(try await layout.manifest(.tag("1"), in: "path/b") == nil)
    #expect(try await layout.manifest(.tag("sha256-x.sig"), in: "path/a")?.descriptor.digest == bare.digest)
    #expect(try await layout.manifest(.digest(SHA256Hasher.digest(of: [9])), in: "") == nil)
  }

  @Test func theFullNameOfATagComesBeforeTheTagAlone() async throws {
    try fixture.image([fixture.layer(seed: 1, size: 5)], name: "1")
    let full = try fixture.image([fixture.layer(seed: 2, size: 5)], name: "path/a:1")
    #expect(try await layout().manifest(.tag("1"), in: "path/a")?.descriptor.digest == full.digest)
  }

  @Test(arguments: [0, 1, 1_048_575, 1_048_576, 1_048_577, 2_500_000])
  func blobsAreReadFromAnyOffset(size: Int) async throws {
    let bytes = LayoutFixture.noise(seed: 1, size: size)
    let blob = try fixture.blob(bytes, "a/b")
    let layout = try await layout()
    for offset in Set([0, size / 2, max(0, size - 1), size]) {
      let collector = Collector()
      try await layout.blob(blob, in: "", from: offset) { collector.take($0) }
      #expect(collector.bytes == Array(bytes[offset...]))
    }
  }

  @Test func whatTheConsumerThrowsEndsTheTransfer() async throws {
    let blob = try fixture.layer(seed: 1, size: 3 << 20)
    let collector = Collector()
    let layout = try await layout()
    await #expect(throws: CancellationError.self) {
      try await layout.blob(blob, in: "", from: 0) { chunk in
        collector.take(chunk)
        throw CancellationError()
      }
    }
    #expect(collector.bytes.count == 1 << 20)
  }

  @Test func aBlobOfAnotherSizeIsRefusedBeforeAByteIsDelivered() async throws {
    var blob = try fixture.layer(seed: 1, size: 100)
    let layout = try await layout()
    for size in [0, 99, 101] {
      blob.size = size
      let error = try await refusal { [blob] in
        try await layout.blob(blob, in: "", from: 0) { _ in Issue.record("bytes were delivered") }
      }
      #expect(error.code == .corrupt)
      #expect(error.problem.contains("has 100 bytes, and its manifest says \(size)"))
    }
    blob.digest = SHA256Hasher.digest(of: [9])
    let error = try await refusal { [blob] in try await layout.blob(blob, in: "", from: 0) { _ in } }
    #expect(error.code == .notFound)
  }

  @Test func aDamagedManifestIsNamed() async throws {
    let image = try fixture.image([], name: "a:1")
    var bytes = try FileSystem.read(blobPath(image), limit: 1 << 20)
    bytes[3] ^= 1
    try FileSystem.write(bytes, to: blobPath(image))
    let layout = try await layout()
    let error = try await refusal { _ = try await layout.manifest(.tag("1"), in: "a") }
    #expect(error.code == .corrupt)
    #expect(error.problem.contains(image.digest.hex))
  }

  @Test func symbolicLinksAndPipesAreRefused() async throws {
    let linked = try fixture.image([], name: "a:1")
    try FileSystem.rename(blobPath(linked), to: directory("elsewhere"))
    #expect(symlink(directory("elsewhere"), blobPath(linked)) == 0)
    let pipe = Descriptor(mediaType: .ociConfig, digest: SHA256Hasher.digest(of: [1]), size: 0)
    #expect(mkfifo(blobPath(pipe), 0o600) == 0)
    let layout = try await layout()
    let error = try await refusal { _ = try await layout.manifest(.tag("1"), in: "a") }
    #expect(error.code == .corrupt && error.problem.contains("is a symbolic link"))
    for blob in [linked, pipe] {
      let error = try await refusal { try await layout.blob(blob, in: "", from: 0) { _ in } }
      #expect(error.code == .corrupt)
    }
  }

  @Test(arguments: ["blobs", "blobs/sha256", "index.json", "oci-layout"])
  func aLinkInTheLayoutItselfIsRefused(name: String) async throws {
    try fixture.image([], name: "a:1")
    #expect(rename("\(fixture.path)/\(name)", directory("elsewhere")) == 0)
    #expect(symlink(directory("elsewhere"), "\(fixture.path)/\(name)") == 0)
    let error = try await refusal { _ = try await layout() }
    #expect(error.code == .corrupt && error.problem.contains("is a symbolic link"))
  }

  @Test(arguments: [
    ("oci-layout", "{}", "is missing"), ("oci-layout", #"{"imageLayoutVersion":"2.0.0"}"#, "is '2.0.0'"),
    ("oci-layout", "", "an object is expected"), ("oci-layout", "[]", "an object is expected"),
    ("oci-layout", #"{"imageLayoutVersion":"1.0.0","imageLayoutVersion":"1.0.0"}"#, "stands twice"),
    ("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"# + String(repeating: " ", count: 4096), "at most 4 KiB"),
    ("index.json", "{}", "has no manifests"), ("index.json", #"{"manifests":{}}"#, "an array is expected"),
    ("index.json", #"{"manifests":[{}]}"#, "lacks its mediaType"),
    ("index.json", #"{"manifests":[]} x"#, "after the end"),
    ("index.json", #"{"manifests":[],"schemaVersion":1}"#, "schema version is not 2"),
    ("index.json", #"{"manifests":[],"manifests":[]}"#, "stands twice"),
    ("index.json", #"{"manifests":[],"x":\#(String(repeating: "[", count: 10_000))"#, "nested deeper"),
  ])
  func aBadFileIsNamed(name: String, text: String, problem: String) async throws {
    try FileSystem.write(Array(text.utf8), to: "\(fixture.path)/\(name)")
    let error = try await refusal { _ = try await layout() }
    #expect(error.code == .corrupt)
    #expect(error.problem.contains("\(fixture.path)/\(name)") && error.problem.contains(problem), "\(error.problem)")
  }

  @Test func anIndexThatIsTooLargeIsNotRead() async throws {
    try File("\(fixture.path)/index.json", .update).truncate(to: (64 << 20) + 1)
    #expect(try await refusal { _ = try await layout() }.problem.contains("at most 64 MiB"))
  }

  @Test(arguments: [
    ("", "there is no directory"), ("oci-layout", "is not an OCI layout"), ("index.json", "did not finish"),
  ])
  func aDirectoryThatIsNoLayoutIsNotFound(missing: String, problem: String) async throws {
    #expect(rename("\(fixture.path)/\(missing)", directory("elsewhere")) == 0)
    let error = try await refusal { _ = try await layout() }
    #expect(error.code == .notFound)
    #expect(error.problem.contains(problem))
  }
}
