import Diagnostics
import Digests
import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct MirrorDirectoryTargetTests {
  private let directory: TemporaryDirectory
  private let path: String
  private let pool = BlockingPool(threads: 4)

  init() throws {
    directory = try TemporaryDirectory()
    path = directory("target")
  }

  private func target(_ abilities: FileSystem.NamingAbilities? = nil) async throws -> MirrorDirectoryTarget {
    try await MirrorDirectoryTarget(path, pool: pool, abilities: abilities)
  }

  private func refusal(_ body: () async throws -> Void) async throws -> SealiftError {
    try await #require(#expect(throws: SealiftError.self) { try await body() })
  }

  private static let withoutHardLinks = FileSystem.NamingAbilities(colons: true, symbolicLinks: true, hardLinks: false)

  /// The bytes of an image manifest with a number in it.
  private func manifest(_ number: Int) -> [UInt8] {
    let blob = #"{"mediaType":"a/b","digest":"\#(SHA256Hasher.digest(of: []))","size":0}"#
    return Array(#"{"schemaVersion":2,"annotations":{"n":"\#(number)"},"config":\#(blob),"layers":[]}"#.utf8)
  }

  /// All that is below the directory: `d NAME`, `f MODE LINKS NAME`, or `l NAME -> TARGET`.
  private func tree() throws -> [String] {
    var found: [String] = []
    func walk(_ name: String) throws {
      for inner in try FileSystem.list("\(path)/\(name)") {
        let name = name.isEmpty ? inner : "\(name)/\(inner)"
        switch try FileSystem.kind(of: "\(path)/\(name)") {
        case .directory:
          found.append("d \(name)")
          try walk(name)
        case .link: found.append("l \(name) -> \(try FileSystem.target(ofLink: "\(path)/\(name)"))")
        default:
          let status = try File("\(path)/\(name)", .read).status()
          found.append("f \(String(status.st_mode & 0o777, radix: 8)) \(status.st_nlink) \(name)")
        }
      }
    }
    try walk("")
    return found.sorted()
  }

  @Test func theTreeIsThatOfOc() async throws {
    let layer = SampleBlob([1, 2, 3])
    let bytes = manifest(1)
    let digest = SHA256Hasher.digest(of: bytes)
    let target = try await target()
    #expect(target.sharesBlobs)
    try await target.putBlob(layer, in: "openshift/release")
    #expect(try await target.mountBlob(layer.descriptor, from: "openshift/release", into: "team"))
    for repository in ["openshift/release", "team"] {
      try await target.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: repository)
    }
    try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("4.16.0-x86_64"), in: "openshift/release")
    #expect(try tree().allSatisfy { !$0.hasPrefix("l") })
    try await target.commit()
    let blob = layer.descriptor.digest
    #expect(
      try tree()
        == [
          "d v2", "d v2/openshift", "d v2/openshift/release", "d v2/openshift/release/blobs",
          "d v2/openshift/release/manifests", "d v2/team", "d v2/team/blobs", "d v2/team/manifests",
          "f 600 2 v2/openshift/release/blobs/\(digest)", "f 600 2 v2/openshift/release/manifests/\(digest)",
          "f 600 2 v2/team/blobs/\(digest)", "f 600 2 v2/team/manifests/\(digest)",
          "f 644 2 v2/openshift/release/blobs/\(blob)", "f 644 2 v2/team/blobs/\(blob)",
          "l v2/openshift/release/manifests/4.16.0-x86_64 -> \(digest)",
        ].sorted())
    for repository in ["openshift/release", "team"] {
      let names = ["blobs", "manifests"].map { "\(path)/v2/\(repository)/\($0)/\(digest)" }
      #expect(try File(names[0], .read).hasName(names[1]))
    }
  }

  @Test func whereFilesHaveOneNameEachRepositoryGetsCopies() async throws {
    let layer = SampleBlob.random(3 << 20)
    let bytes = manifest(1)
    let target = try await target(Self.withoutHardLinks)
    #expect(!target.sharesBlobs)
    try await target.putBlob(layer, in: "a")
    #expect(try await target.mountBlob(layer.descriptor, from: "a", into: "b"))
    try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("1"), in: "b")
    try await target.commit()
    #expect(try tree().filter { $0.hasPrefix("f") }.allSatisfy { $0.hasPrefix("f 644 1 ") || $0.hasPrefix("f 600 1 ") })
    #expect(try FileSystem.read("\(path)/v2/b/blobs/\(layer.descriptor.digest)", limit: 4 << 20) == layer.bytes)
    let mirror = try await MirrorDirectory(path, pool: pool)
    #expect(try await mirror.manifest(.tag("1"), in: "b")?.bytes == bytes)
    // A copy is proven: what is damaged is sent again.
    try FileSystem.write([UInt8](repeating: 0, count: 3 << 20), to: "\(path)/v2/a/blobs/\(layer.descriptor.digest)")
    #expect(try await target.mountBlob(layer.descriptor, from: "a", into: "c") == false)
    #expect(try await target.hasBlob(layer.descriptor, in: "c") == false)
  }

  @Test(arguments: [nil, withoutHardLinks])
  func whatIsDamagedCountsAsMissingAndIsNamedOnce(abilities: FileSystem.NamingAbilities?) async throws {
    let (blob, bytes) = (SampleBlob.random(2 << 20), manifest(1))
    let digest = SHA256Hasher.digest(of: bytes)
    func send(_ target: MirrorDirectoryTarget) async throws {
      try await target.putBlob(blob, in: "a")
      #expect(try await target.mountBlob(blob.descriptor, from: "a", into: "b"))
      for name in ["a", "b"] {
        try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("1"), in: name)
      }
      try await target.commit()
    }
    try await send(target(abilities))
    let expected = try tree()
    let files = expected.filter { $0.hasPrefix("f") }.compactMap { $0.split(separator: " ").last }.map {
      "\(path)/\($0)"
    }
    #expect(files.count == 6)
    for name in files {
      let file = try File(name, .update)
      // Several names can stand for one file: the same byte each time.
      try file.write([0], at: 0)
    }
    #expect(unlink("\(path)/v2/a/manifests/1") == 0)
    #expect(symlink("elsewhere", "\(path)/v2/a/manifests/1") == 0)
    let warnings = Shared<[String]>([])
    let target = try await MirrorDirectoryTarget(path, pool: pool, abilities: abilities) { warning in
      warnings.with { $0.append(warning) }
    }
    for name in ["a", "b"] {
      for _ in 0..<2 {
        #expect(try await target.hasBlob(blob.descriptor, in: name) == false)
        #expect(try await target.mountBlob(blob.descriptor, from: name, into: "c") == false)
        #expect(try await target.hasManifest(.tag("1"), in: name) == nil)
        #expect(try await target.hasManifest(.digest(digest), in: name) == nil)
        #expect(try await target.manifest(.tag("1"), in: name) == nil)
      }
    }
    try await send(target)
    let named = Set(warnings.with { $0 })
    #expect(named.count == warnings.with(\.count))
    for name in files + ["\(path)/v2/a/manifests/1"] {
      #expect(named.contains("\(name) is damaged: it is written again"))
    }
    #expect(try tree().filter { !$0.contains("v2/c") } == expected)
    for name in ["a", "b"] {
      #expect(try FileSystem.read("\(path)/v2/\(name)/blobs/\(blob.descriptor.digest)", limit: 4 << 20) == blob.bytes)
      #expect(try await MirrorDirectory(path, pool: pool).manifest(.tag("1"), in: name)?.bytes == bytes)
    }
  }

  @Test(arguments: [(true, false, "no symbolic links"), (false, true, "no names with a colon")])
  func aFileSystemThatCannotHoldTheTreeIsRefused(colons: Bool, links: Bool, problem: String) async throws {
    let error = try await refusal {
      _ = try await target(.init(colons: colons, symbolicLinks: links, hardLinks: false))
    }
    #expect(error.code == .storage)
    #expect(error.problem.contains(path) && error.problem.contains(problem))
    #expect(error.nextStep.contains("oci:\(path)"))
  }

  @Test func blobsAreFoundAndSharedByName() async throws {
    let target = try await target()
    let blob = SampleBlob.random(100)
    #expect(try await target.hasBlob(blob.descriptor, in: "a") == false)
    #expect(try await target.mountBlob(blob.descriptor, from: "b", into: "a") == false)
    try await target.putBlob(blob, in: "a")
    #expect(try await target.hasBlob(blob.descriptor, in: "a"))
    #expect(try await target.hasBlob(blob.descriptor, in: "b") == false)
    for _ in 0..<2 { #expect(try await target.mountBlob(blob.descriptor, from: "a", into: "b")) }
    var longer = blob.descriptor
    longer.size += 1
    #expect(try await target.hasBlob(longer, in: "a") == false)
    #expect(try await target.mountBlob(longer, from: "a", into: "c") == false)
    let collector = Collector()
    try await target.blob(blob.descriptor, in: "b", from: 0) { collector.take($0) }
    #expect(collector.bytes == blob.bytes)
  }

  @Test func oneBlobCanBeWrittenAndSharedManyTimesAtOnce() async throws {
    let target = try await target()
    let blob = SampleBlob.random(500_000)
    let bytes = manifest(1)
    let digest = SHA256Hasher.digest(of: bytes)
    try await (0..<16).forEachConcurrently(limit: 8) { number in
      try await target.putBlob(blob, in: "a")
      #expect(try await target.mountBlob(blob.descriptor, from: "a", into: "b\(number % 2)"))
      try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("\(number)"), in: "b\(number % 2)")
    }
    try await target.commit()
    for repository in ["b0", "b1"] {
      #expect(
        try FileSystem.list("\(path)/v2/\(repository)/blobs")
          == [blob.descriptor.digest, digest].map(\.description)
          .sorted())
      #expect(try FileSystem.list("\(path)/v2/\(repository)/manifests").count == 9)
    }
    let mirror = try await MirrorDirectory(path, pool: pool)
    #expect(try await mirror.images(nil, .all).count == 16)
  }

  @Test func whatFailsLeavesNothing() async throws {
    let target = try await target()
    let failing = SampleBlob.random(3 << 20, failsAfter: 1 << 20)
    #expect(try await refusal { try await target.putBlob(failing, in: "a") }.problem == "the content is damaged")
    let upload = try await target.startUpload(in: "a")
    try await upload.append([1, 2, 3])
    #expect(try FileSystem.list("\(path)/v2/a/blobs").count == 1)
    await upload.cancel()
    #expect(try FileSystem.list("\(path)/v2/a/blobs").isEmpty)
  }

  @Test func anUploadIsFedChunkByChunk() async throws {
    let target = try await target()
    let blob = SampleBlob.random(5000)
    let upload = try await target.startUpload(in: "a")
    for start in stride(from: 0, to: 5000, by: 1999) {
      try await upload.append(Array(blob.bytes[start..<min(start + 1999, 5000)]))
    }
    try await upload.finish(blob.descriptor.digest)
    #expect(try await target.hasBlob(blob.descriptor, in: "a"))
  }

  @Test func tagsShowAfterTheCommitAndMove() async throws {
    let target = try await target()
    let digests = [1, 2].map { SHA256Hasher.digest(of: manifest($0)) }
    for (number, digest) in zip([1, 2], digests) {
      let bytes = manifest(number)
      #expect(try await target.hasManifest(.digest(digest), in: "a") == nil)
      try await target.putManifest(bytes, mediaType: .ociManifest, as: .tag("1"), in: "a")
      #expect(try await target.hasManifest(.digest(digest), in: "a") == digest)
      #expect(try await target.hasManifest(.tag("1"), in: "a") == digest)
      #expect(try await target.hasManifest(.tag("1"), in: "b") == nil)
      #expect(try await target.manifest(.tag("1"), in: "a")?.bytes == bytes)
      let mirror = try await MirrorDirectory(path, pool: pool)
      let before = try await mirror.manifest(.tag("1"), in: "a")?.descriptor.digest
      #expect(before == (number == 1 ? nil : digests[0]))
      try await target.commit()
      #expect(try await mirror.manifest(.tag("1"), in: "a")?.descriptor.digest == digest)
    }
  }

  @Test func aManifestMustBeWhatItsReferenceSays() async throws {
    let target = try await target()
    let digest = SHA256Hasher.digest(of: [])
    for (reference, code) in [(ManifestReference.digest(digest), SealiftError.Code.corrupt), (.tag("../x"), .usage)] {
      let error = try await refusal {
        try await target.putManifest(manifest(1), mediaType: .ociManifest, as: reference, in: "a")
      }
      #expect(error.code == code)
    }
    #expect(try tree() == ["d v2"])
  }

  @Test(arguments: ["blobs", "manifests"]) func aDamagedManifestIsReplaced(place: String) async throws {
    let target = try await target()
    let bytes = manifest(1)
    let digest = SHA256Hasher.digest(of: bytes)
    try await target.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: "a")
    try FileSystem.write(bytes.map { $0 ^ 1 }, to: "\(path)/v2/a/\(place)/\(digest)")
    #expect(try await target.hasManifest(.digest(digest), in: "a") == nil)
    try await target.putManifest(bytes, mediaType: .ociManifest, as: .digest(digest), in: "a")
    #expect(try await target.hasManifest(.digest(digest), in: "a") == digest)
    #expect(try tree().count == 6)
  }

  @Test func whatAKilledRunLeftIsRemovedAndNothingElse() async throws {
    try FileSystem.makeDirectory("\(path)/v2/a/blobs")
    let other = "\(path)/v2/a/blobs/.tmp-1"
    for name in [other, "\(path)/v2/a/blobs/.sealift-upload.5"] { try FileSystem.write([1], to: name) }
    _ = try await target().hasBlob(SampleBlob([1]).descriptor, in: "a")
    #expect(try FileSystem.list("\(path)/v2/a/blobs") == [".tmp-1"])
  }

  @Test func oneRunAtATimeWrites() async throws {
    var first: MirrorDirectoryTarget? = try await target()
    let error = try await refusal { _ = try await target() }
    #expect(error.code == .again && error.problem.contains(path))
    try await first?.commit()
    first = nil
    _ = try await target()
  }

  @Test func whatIsNoSuchDirectoryIsNotTouched() async throws {
    try FileSystem.makeDirectory(path)
    try FileSystem.write([1], to: "\(path)/file")
    #expect(try await refusal { _ = try await target() }.code == .usage)
    #expect(try FileSystem.list(path) == ["file"])
    await #expect(throws: SealiftError.self) { try await MirrorDirectoryTarget("\(path)/file", pool: pool) }
    #expect(try await refusal { _ = try await MirrorDirectoryTarget("/sys/sealift", pool: pool) }.code == .storage)
  }

  @Test func linksInTheTreeAndNamesOfItsOwnAreRefused() async throws {
    try FileSystem.makeDirectory("\(path)/v2")
    try FileSystem.makeDirectory(directory("outside/blobs"))
    #expect(symlink(directory("outside"), "\(path)/v2/a") == 0)
    let target = try await target()
    for (repository, problem) in [
      ("a", "v2/a is a symbolic link"), ("a/b", "v2/a is a symbolic link"), ("c/blobs", "'blobs' is a name of its own"),
      ("c/manifests/d", "'manifests' is a name"), ("../x", "is no name of a repository"),
    ] {
      let error = try await refusal { try await target.putBlob(SampleBlob([1]), in: repository) }
      #expect(error.problem.contains(problem), "\(error.problem)")
    }
    #expect(try FileSystem.list(directory("outside")) == ["blobs"])
  }
}
