import Diagnostics
import Digests
import Glibc
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct OCILayoutTargetTests {
  private let directory: TemporaryDirectory
  private let path: String
  private let pool = BlockingPool(threads: 4)

  init() throws {
    directory = try TemporaryDirectory()
    path = directory("target")
  }

  private func target() async throws -> OCILayoutTarget { try await OCILayoutTarget(path, pool: pool) }

  private func layout() async throws -> OCILayout { try await OCILayout(path, pool: pool) }

  private func blobNames() throws -> [String] { try FileSystem.list("\(path)/blobs/sha256") }

  private func refusal(_ body: () async throws -> Void) async throws -> SealiftError {
    try await #require(#expect(throws: SealiftError.self) { try await body() })
  }

  /// The bytes of an image manifest with a number in it, and perhaps a subject.
  private func manifest(_ number: Int, subject: Digest? = nil) -> [UInt8] {
    let blob = #"{"mediaType":"a/b","digest":"\#(SHA256Hasher.digest(of: []))","size":0}"#
    let subject = subject.map { #","subject":{"mediaType":"\#(MediaType.ociManifest)","digest":"\#($0)","size":1}"# }
    return Array(
      #"{"schemaVersion":2,"annotations":{"n":"\#(number)"},"config":\#(blob),"layers":[]\#(subject ?? "")}"#.utf8)
  }

  @Test func aNewLayoutIsEmptyUntilItIsCommitted() async throws {
    let target = try await target()
    #expect(try FileSystem.read("\(path)/oci-layout", limit: 99) == Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    #expect(try await refusal { _ = try await layout() }.problem.contains("did not finish"))
    try await target.commit()
    #expect(try await layout().entries.isEmpty)
  }

  @Test func blobsAreWrittenFoundAndSharedByAllRepositories() async throws {
    let target = try await target()
    for size in [0, 1, 3 << 20] {
      let blob = SampleBlob.random(size)
      #expect(try await target.hasBlob(blob.descriptor, in: "a") == false)
      #expect(try await target.mountBlob(blob.descriptor, from: "b", into: "a") == false)
      try await target.putBlob(blob, in: "a")
      #expect(try await target.hasBlob(blob.descriptor, in: "a"))
      #expect(try await target.mountBlob(blob.descriptor, from: "a", into: "b"))
      var longer = blob.descriptor
      longer.size += 1
      #expect(try await target.hasBlob(longer, in: "a") == false)
      let collector = Collector()
      try await target.blob(blob.descriptor, in: "b", from: 0) { collector.take($0) }
      #expect(collector.bytes == blob.bytes)
    }
    #expect(try blobNames().count == 3)
  }

  @Test func oneBlobCanBeWrittenManyTimesAtOnce() async throws {
    let target = try await target()
    let blob = SampleBlob.random(500_000)
    try await (0..<8).forEachConcurrently(limit: 8) { _ in try await target.putBlob(blob, in: "a") }
    #expect(try blobNames() == [blob.descriptor.digest.hex])
    #expect(try FileSystem.read("\(path)/blobs/sha256/\(blob.descriptor.digest.hex)", limit: 500_000) == blob.bytes)
  }

  @Test func aBlobThatFailsLeavesNothing() async throws {
    let target = try await target()
    let failing = SampleBlob.random(3 << 20, failsAfter: 1 << 20)
    #expect(try await refusal { try await target.putBlob(failing, in: "a") }.problem == "the content is damaged")
    #expect(try blobNames().isEmpty)
    #expect(try await target.hasBlob(failing.descriptor, in: "a") == false)
  }

  @Test func aLinkInPlaceOfABlobIsReplaced() async throws {
    let target = try await target()
    let blob = SampleBlob.random(10)
    try FileSystem.write(blob.bytes, to: directory("elsewhere"))
    let blobPath = "\(path)/blobs/sha256/\(blob.descriptor.digest.hex)"
    #expect(symlink(directory("elsewhere"), blobPath) == 0)
    #expect(try await target.hasBlob(blob.descriptor, in: "a") == false)
    try await target.putBlob(blob, in: "a")
    #expect(try File(regular: blobPath).size() == 10)
  }

  /// Changes a byte of a file where it is.
  private func damage(_ path: String) throws {
    let file = try File(path, .update)
    try file.write(file.bytes(at: 0, count: 1).map { $0 ^ 1 }, at: 0)
  }

  @Test func whatIsDamagedCountsAsMissingAndIsNamedOnce() async throws {
    let (blob, bytes) = (SampleBlob.random(3 << 20), manifest(1))
    let digest = SHA256Hasher.digest(of: bytes)
    func send(_ target: OCILayoutTarget) async throws {
      try await target.putBlob(blob, in: "a")
      try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("1"), in: "a")
      try await target.commit()
    }
    try await send(target())
    let paths = [blob.descriptor.digest, digest].map { "\(path)/blobs/sha256/\($0.hex)" }
    for path in paths { try damage(path) }
    let warnings = Shared<[String]>([])
    let target = try await OCILayoutTarget(path, pool: pool) { warning in warnings.with { $0.append(warning) } }
    for _ in 0..<2 {
      #expect(try await target.hasBlob(blob.descriptor, in: "a") == false)
      #expect(try await target.mountBlob(blob.descriptor, from: "b", into: "a") == false)
      #expect(try await target.hasManifest(.tag("1"), in: "a") == nil)
      #expect(try await target.hasManifest(.digest(digest), in: "a") == nil)
      #expect(try await target.manifest(.tag("1"), in: "a") == nil)
    }
    #expect(warnings.with { $0 } == paths.map { "\($0) is damaged: it is written again" })
    try await send(target)
    #expect(try await target.hasBlob(blob.descriptor, in: "a"))
    #expect(try await target.hasManifest(.tag("1"), in: "a") == digest)
    #expect(try FileSystem.read(paths[0], limit: 4 << 20) == blob.bytes)
    #expect(try await layout().manifest(.tag("1"), in: "a")?.bytes == bytes)
  }

  @Test func anotherImageThatIsDamagedIsInNobodysWay() async throws {
    let (other, subject) = (manifest(1), SHA256Hasher.digest(of: manifest(2)))
    let referrer = manifest(3, subject: subject)
    let digest = SHA256Hasher.digest(of: referrer)
    do {
      let target = try await target()
      try await target.putManifest(other, mediaType: .ociManifest, as: .tag("other"), in: "a")
      try await target.putManifest(referrer, mediaType: .ociManifest, as: .digest(digest), in: "a")
      try await target.commit()
    }
    try damage("\(path)/blobs/sha256/\(SHA256Hasher.digest(of: other).hex)")
    let target = try await target()
    #expect(try await target.hasManifest(.digest(digest), in: "a") == digest)
  }

  @Test func anUploadIsFedChunkByChunk() async throws {
    let target = try await target()
    let blob = SampleBlob.random(5000)
    let upload = try await target.startUpload(in: "a")
    for start in stride(from: 0, to: 5000, by: 1999) {
      try await upload.append(Array(blob.bytes[start..<min(start + 1999, 5000)]))
    }
    #expect(try await target.hasBlob(blob.descriptor, in: "a") == false)
    try await upload.finish(blob.descriptor.digest)
    #expect(try await target.hasBlob(blob.descriptor, in: "a"))
    #expect(try await refusal { try await upload.append([1]) }.code == .internal)
    let dropped = try await target.startUpload(in: "a")
    try await dropped.append([1, 2, 3])
    #expect(try blobNames().count == 2)
    await dropped.cancel()
    #expect(try blobNames() == [blob.descriptor.digest.hex])
  }

  @Test func tagsShowAfterTheCommit() async throws {
    let target = try await target()
    let bytes = manifest(1)
    let digest = SHA256Hasher.digest(of: bytes)
    #expect(try await target.hasManifest(.tag("1"), in: "path/a") == nil)
    #expect(try await target.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: "path/a") == false)
    #expect(try await target.hasManifest(.digest(digest), in: "path/a") == digest)
    #expect(try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("1"), in: "path/a") == false)
    #expect(try await target.hasManifest(.tag("1"), in: "path/a") == digest)
    #expect(try await target.hasManifest(.tag("1"), in: "a") == nil)
    #expect(try await target.manifest(.tag("1"), in: "path/a")?.bytes == bytes)
    #expect(!FileSystem.exists("\(path)/index.json"))
    try await target.commit()
    let layout = try await layout()
    #expect(layout.entries.map(\.referenceName) == ["path/a:1"])
    #expect(try await layout.manifest(.tag("1"), in: "path/a")?.bytes == bytes)
  }

  @Test func aManifestMustBeWhatItsReferenceSays() async throws {
    let target = try await target()
    let digest = SHA256Hasher.digest(of: [])
    let error = try await refusal {
      try await target.putManifest(manifest(1), mediaType: .ociManifest, as: .digest(digest), in: "a")
    }
    #expect(error.code == .corrupt && error.problem.contains(digest.hex))
    #expect(
      try await refusal {
        try await target.putManifest(Array("{}".utf8), mediaType: .ociManifest, as: .tag("1"), in: "a")
      }.code == .protocol)
    #expect(try blobNames().isEmpty)
  }

  @Test func aDamagedManifestCountsAsMissingAndIsReplaced() async throws {
    let target = try await target()
    let bytes = manifest(1)
    let digest = SHA256Hasher.digest(of: bytes)
    try await target.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: "a")
    try FileSystem.write(bytes.map { $0 ^ 1 }, to: "\(path)/blobs/sha256/\(digest.hex)")
    #expect(try await target.hasManifest(.digest(digest), in: "a") == nil)
    try await target.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: "a")
    #expect(try await target.hasManifest(.digest(digest), in: "a") == digest)
  }

  @Test func otherNamesStayAndTheSameNameIsReplaced() async throws {
    try await target().commit()
    let entry = #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(SHA256Hasher.digest(of: [1]))","size":5"#
    let kept = [
      entry + #","annotations":{"org.opencontainers.image.ref.name":"b:1","x":"y"},"data":"AAAA","urls":["u"]}"#,
      entry + #","platform":{"architecture":"amd64","os":"windows","os.version":"10"}}"#,
    ]
    let replaced = entry + #","annotations":{"org.opencontainers.image.ref.name":"a:1"}}"#
    let old =
      #"{"schemaVersion":2,"annotations":{"made":"by"},"manifests":[\#(([replaced] + kept).joined(separator: ","))]}"#
    try FileSystem.write(Array(old.utf8), to: "\(path)/index.json")

    let target = try await target()
    for (tag, number) in [("2", 2), ("1", 1)] {
      try await target.putManifest(manifest(number), mediaType: .ociManifest, as: .tag(tag), in: "a")
    }
    try await target.commit()
    try await target.commit()
    let entries = try await layout().entries
    #expect(entries.map(\.referenceName) == ["b:1", nil, "a:1", "a:2"])
    #expect(entries.map(\.digest).suffix(2) == [manifest(1), manifest(2)].map { SHA256Hasher.digest(of: $0) })
    let written = try FileSystem.read("\(path)/index.json", limit: 1 << 20)
    let tree = try JSONReader.value(written, source: "index.json")
    #expect(JSONWriter.bytes(of: tree) == written)
    #expect(tree["annotations"]?["made"]?.text == "by")
    for (index, text) in kept.enumerated() {
      let before = try JSONReader.value(Array(text.utf8), source: "entry")
      #expect(
        tree["manifests"]?.elements?[index] == (try JSONReader.value(JSONWriter.bytes(of: before), source: "entry")))
    }
  }

  @Test func aReferrerWithoutATagGetsAnEntryInWhichItIsFound() async throws {
    let image = manifest(1)
    let digest = SHA256Hasher.digest(of: image)
    let referrer = manifest(2, subject: digest)
    let second = manifest(3, subject: digest)
    do {
      let target = try await target()
      try await target.putManifest(image, mediaType: .ociManifest, as: .tag("1"), in: "a")
      for bytes in [referrer, referrer] {
        let name = ManifestReference.digest(SHA256Hasher.digest(of: bytes))
        #expect(try await target.putManifest(bytes, mediaType: .ociManifest, as: name, in: "a"))
      }
      try await target.commit()
    }
    let target = try await target()
    try await target.putManifest(second, mediaType: .ociManifest, as: .tag("2"), in: "a")
    try await target.commit()
    let layout = try await layout()
    #expect(layout.entries.map(\.referenceName) == ["a:1", nil, "a:2"])
    #expect(try await layout.referrers(of: digest, in: "a")?.count == 2)
  }

  @Test func aReferrerThatNoEntryLeadsToIsSentAgain() async throws {
    let referrer = manifest(2, subject: SHA256Hasher.digest(of: manifest(1)))
    let digest = SHA256Hasher.digest(of: referrer)
    do {
      // A run that ends before its commit.
      let target = try await target()
      try await target.putManifest(referrer, mediaType: .ociManifest, as: .digest(digest), in: "a")
      #expect(try await target.hasManifest(.digest(digest), in: "a") == digest)
    }
    do {
      let target = try await target()
      #expect(try await target.hasManifest(.digest(digest), in: "a") == nil)
      try await target.putManifest(referrer, mediaType: .ociManifest, as: .digest(digest), in: "a")
      try await target.commit()
    }
    let target = try await target()
    #expect(try await target.hasManifest(.digest(digest), in: "a") == digest)
  }

  @Test func whatAKilledRunLeftIsRemovedAndNothingElse() async throws {
    try await target().commit()
    let hex = String(repeating: "a", count: 64)
    let leftovers = [".\(hex).7", ".upload.12"].map { "\(path)/blobs/sha256/\($0)" } + ["\(path)/.sealift-0f9"]
    let others = [hex, ".other", ".\(hex)", ".upload.x", ".\(hex.dropLast()).7"].map { "\(path)/blobs/sha256/\($0)" }
    for name in leftovers + others { try FileSystem.write([1], to: name) }
    _ = try await target()
    #expect(leftovers.filter(FileSystem.exists) == [])
    #expect(others.filter(FileSystem.exists) == others)
  }

  @Test func oneRunAtATimeWrites() async throws {
    var first: OCILayoutTarget? = try await target()
    let error = try await refusal { _ = try await target() }
    #expect(error.code == .again && error.problem.contains(path))
    try await first?.commit()
    first = nil
    _ = try await target()
  }

  @Test func anEmptyMarkerOfAKilledRunIsWrittenAgain() async throws {
    try FileSystem.makeDirectory(path)
    try FileSystem.write([], to: "\(path)/oci-layout")
    try await target().commit()
    #expect(try await layout().entries.isEmpty)
  }

  @Test func whatIsNoLayoutIsNotTouched() async throws {
    try FileSystem.makeDirectory(path)
    try FileSystem.write([1], to: "\(path)/file")
    let error = try await refusal { _ = try await target() }
    #expect(error.code == .usage && error.problem.contains("is not empty and is not an OCI layout"))
    #expect(try FileSystem.list(path) == ["file"])
    await #expect(throws: SealiftError.self) { try await OCILayoutTarget("\(path)/file", pool: pool) }
    try FileSystem.write(Array(#"{"imageLayoutVersion":"9.0.0"}"#.utf8), to: "\(path)/oci-layout")
    #expect(try await refusal { _ = try await target() }.problem.contains("'9.0.0'"))
    #expect(try FileSystem.list(path) == ["file", "oci-layout"])
  }

  @Test func whereNothingCanBeWrittenTheDirectoryIsNamed() async throws {
    // Nobody, root included, can make a directory in sysfs.
    let error = try await refusal { _ = try await OCILayoutTarget("/sys/sealift", pool: pool) }
    #expect(error.code == .storage)
    #expect(error.problem.hasPrefix("cannot make directory /sys/sealift"))
  }
}
