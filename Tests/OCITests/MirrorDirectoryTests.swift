import Diagnostics
import Digests
import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct MirrorDirectoryTests {
  private let directory: TemporaryDirectory
  private let layout: LayoutFixture
  private let pool = BlockingPool(threads: 4)

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
  }

  private func open(_ fixture: MirrorFixture) async throws -> MirrorDirectory {
    try await MirrorDirectory(fixture.path, pool: pool)
  }

  private func fixture(_ form: MirrorFixture.Form = .linux) -> MirrorFixture {
    MirrorFixture(directory("mirror"), form)
  }

  private func refusal(_ body: () async throws -> Void) async throws -> SealiftError {
    try await #require(#expect(throws: SealiftError.self) { try await body() })
  }

  /// The images that an address gives, as `repository:tag`.
  private func names(_ fixture: MirrorFixture, _ address: String = "") async throws -> [String] {
    let address = try MirrorDirectoryAddress("file://\(fixture.path)\(address)")
    return try await open(fixture).images(address.repository, address.selector).map { image in
      switch image.reference {
      case .tag(let tag): "\(image.repository):\(tag)"
      case .digest(let digest): "\(image.repository)@\(digest)"
      }
    }
  }

  @Test(arguments: MirrorFixture.Form.allCases) func allImagesAreFoundInEveryForm(form: MirrorFixture.Form) async throws
  {
    let fixture = fixture(form)
    let arm = try layout.image([layout.layer(seed: 1, size: 100)], architecture: "arm64")
    let amd = try layout.image([layout.layer(seed: 2, size: 200)], docker: true)
    let index = try layout.index([arm, amd])
    try fixture.add(index, from: layout, to: "openshift/release", tag: "4.16.0-multi")
    try fixture.add(amd, from: layout, to: "openshift/release", tag: "4.16.0-x86_64")
    try fixture.add(arm, from: layout, to: "team", tag: "v1")
    try fixture.add(arm, from: layout, to: "team/inner/deep", tag: "v1")
    #expect(
      try await names(fixture) == [
        "openshift/release:4.16.0-multi", "openshift/release:4.16.0-x86_64", "team:v1", "team/inner/deep:v1",
      ])
    let mirror = try await open(fixture)
    for (reference, expected) in [
      (ManifestReference.tag("4.16.0-multi"), index), (.tag("4.16.0-x86_64"), amd), (.digest(arm.digest), arm),
    ] {
      let fetched = try #require(try await mirror.manifest(reference, in: "openshift/release"))
      #expect(fetched.descriptor.digest == expected.digest && fetched.descriptor.mediaType == expected.mediaType)
    }
    let layer = try layout.layer(seed: 2, size: 200)
    let collector = Collector()
    try await mirror.blob(layer, in: "openshift/release", from: 50) { collector.take($0) }
    #expect(collector.bytes == Array(LayoutFixture.noise(seed: 2, size: 200)[50...]))
    #expect(try await mirror.manifest(.tag("v2"), in: "team") == nil)
    #expect(try await mirror.manifest(.digest(SHA256Hasher.digest(of: [9])), in: "team") == nil)
    #expect(try await mirror.referrers(of: amd.digest, in: "team") == nil)
  }

  @Test(arguments: [
    ("//a", ["a:1.0", "a:1.1", "a:2.0-x"]), ("//a:1.1", ["a:1.1"]), ("//a:1*", ["a:1.0", "a:1.1"]),
    ("//a:*0*", ["a:1.0", "a:2.0-x"]), ("//a:*", ["a:1.0", "a:1.1", "a:2.0-x"]), ("//a:*.*1", ["a:1.1"]),
    ("//b:1.0", ["b:1.0"]),
  ])
  func anAddressChooses(address: String, expected: [String]) async throws {
    let fixture = fixture()
    let image = try layout.image([])
    for tag in ["1.0", "1.1", "2.0-x"] { try fixture.add(image, from: layout, to: "a", tag: tag) }
    try fixture.add(image, from: layout, to: "b", tag: "1.0")
    #expect(try await names(fixture, address) == expected)
  }

  @Test(arguments: [
    ("//c:1.0", "has no repository 'c'", "a, b"), ("//a:3*", "a in", "1.0"), ("//a:1", "has no tag '1'", "1.0"),
    ("//c", "has no repository 'c'", "a, b"),
  ])
  func whatIsNotThereIsAnsweredWithWhatIs(address: String, problem: String, next: String) async throws {
    let fixture = fixture()
    for repository in ["a", "b"] { try fixture.add(layout.image([]), from: layout, to: repository, tag: "1.0") }
    let error = try await refusal { _ = try await names(fixture, address) }
    #expect(error.code == .notFound)
    #expect(error.problem.contains(problem) && error.nextStep.contains(next), "\(error)")
  }

  @Test func anImageWithoutATagIsNamedByItsDigest() async throws {
    let fixture = fixture()
    let image = try layout.image([])
    try fixture.add(image, from: layout, to: "a")
    #expect(try await refusal { _ = try await names(fixture) }.problem.hasSuffix("has no image with a tag"))
    #expect(try await names(fixture, "//a@\(image.digest)") == ["a@\(image.digest)"])
  }

  @Test func whatBelongsToAnImageIsNoImage() async throws {
    let fixture = fixture()
    let image = try layout.image([layout.layer(seed: 1, size: 1)])
    let other = try layout.image([layout.layer(seed: 2, size: 1)])
    try fixture.add(image, from: layout, to: "a", tag: "1")
    for tag in ["\(image.digest.tag).sig", image.digest.tag, "\(image.digest.tag).x", "\(other.digest.tag).att"] {
      try fixture.add(other, from: layout, to: "a", tag: tag)
    }
    try fixture.add(image, from: layout, to: "b", tag: image.digest.tag)
    // An image by digest, and what belongs to no manifest here, stay.
    #expect(
      try await names(fixture).sorted()
        == ["a:1", "a:\(image.digest.tag).x", "a:\(other.digest.tag).att", "b:\(image.digest.tag)"].sorted())
    #expect(try await names(fixture, "//a:\(image.digest.tag).sig") == ["a:\(image.digest.tag).sig"])
  }

  @Test func whatOcLeavesBesideIsPassedOver() async throws {
    let fixture = fixture()
    let image = try layout.image([])
    try fixture.add(image, from: layout, to: "a", tag: "1")
    try FileSystem.makeDirectory("\(fixture.path)/config")
    for name in [
      "config/signature-sha256-0123456789abcdef.json", "v2/.DS_Store", "v2/a/manifests/.tmp-1",
      "v2/a/manifests/\(image.digest).download", "v2/a/blobs/.tmp-7",
    ] {
      try FileSystem.write([1], to: "\(fixture.path)/\(name)")
    }
    #expect(try await names(fixture) == ["a:1"])
  }

  /// What somebody has done to a tree, and the words in which it is refused.
  enum Hostile: String, CaseIterable {
    case tagOutside = "is a link to '/etc/hostname'"
    case tagAbove = "is a link to '../../b/manifests/1'"
    case tagInBlobs = "is a link to '../blobs/sha256:"
    case tagToNothing = "is a link to a manifest that is not there"
    case tagToOtherBytes = "its bytes have another digest than its name says"
    case tagIsPipe = "is not a file, where only a regular file may stand"
    case tagIsDirectory = "is not a file, where only a regular file may stand "
    case tagIsNoManifest = "the manifest "
    case tagIsTooLarge = "at most 4 MiB are read"
    case manifestIsLink = "is a symbolic link, where only a regular file may stand"
    case repositoryIsLink = "b is a symbolic link, where only a directory may stand"
    case manifestsIsLink = "manifests is a symbolic link, where only a directory may stand"
    case v2IsLink = "v2 is a symbolic link, where only a directory may stand"
    case badName = "'Upper' in"
  }

  @Test(arguments: Hostile.allCases) func aHostileTreeIsRefused(hostile: Hostile) async throws {
    let fixture = fixture()
    let image = try layout.image([layout.layer(seed: 1, size: 10)])
    try fixture.add(image, from: layout, to: "a", tag: "1")
    let tag = fixture.tag("1", in: "a")
    let manifest = fixture.manifest(image.digest, in: "a")
    let outside = directory("outside")
    func replaceTag(_ target: String) throws {
      try FileSystem.remove(tag)
      #expect(symlink(target, tag) == 0)
    }
    func moveOutside(_ path: String) {
      #expect(rename(path, outside) == 0)
      #expect(symlink(outside, path) == 0)
    }
    switch hostile {
    case .tagOutside: try replaceTag("/etc/hostname")
    case .tagAbove: try replaceTag("../../b/manifests/1")
    case .tagInBlobs: try replaceTag("../blobs/\(image.digest)")
    case .tagToNothing: try replaceTag(SHA256Hasher.digest(of: [1]).description)
    case .tagToOtherBytes: try FileSystem.write(Array("{}".utf8), to: manifest)
    case .tagIsPipe:
      try FileSystem.remove(tag)
      #expect(mkfifo(tag, 0o600) == 0)
    case .tagIsDirectory:
      try FileSystem.remove(tag)
      try FileSystem.makeDirectory(tag)
    case .tagIsNoManifest:
      try FileSystem.remove(tag)
      try FileSystem.write(Array("[]".utf8), to: tag)
    case .tagIsTooLarge:
      try FileSystem.remove(tag)
      try File(tag, .create).truncate(to: (4 << 20) + 1)
    case .manifestIsLink: moveOutside(manifest)
    case .repositoryIsLink:
      #expect(symlink(directory("layout"), "\(fixture.path)/v2/b") == 0)
    case .manifestsIsLink: moveOutside("\(fixture.path)/v2/a/manifests")
    case .v2IsLink: moveOutside("\(fixture.path)/v2")
    case .badName:
      #expect(rename("\(fixture.path)/v2/a", "\(fixture.path)/v2/Upper") == 0)
    }
    let error = try await refusal {
      let mirror = try await open(fixture)
      for image in try await mirror.images(nil, .all) {
        _ = try await mirror.manifest(image.reference, in: image.repository)
      }
    }
    #expect([.corrupt, .protocol, .usage].contains(error.code))
    #expect(error.problem.contains(hostile.rawValue.trimmed), "\(error.problem)")
    #expect(!error.nextStep.isEmpty)
  }

  @Test func hostileBlobsAreRefusedBeforeAByteIsDelivered() async throws {
    let fixture = fixture()
    let layer = try layout.layer(seed: 1, size: 10)
    try fixture.add(layout.image([layer]), from: layout, to: "a", tag: "1")
    let mirror = try await open(fixture)
    let path = fixture.blob(layer.digest, in: "a")
    func problem(_ descriptor: Descriptor, in repository: String = "a") async throws -> String {
      try await refusal {
        try await mirror.blob(descriptor, in: repository, from: 0) { _ in Issue.record("bytes were delivered") }
      }.problem
    }
    var longer = layer
    longer.size = 11
    #expect(try await problem(longer).contains("has 10 bytes, and its manifest says 11"))
    #expect(rename(path, directory("outside")) == 0)
    #expect(try await problem(layer).contains("No such file"))
    #expect(symlink(directory("outside"), path) == 0)
    #expect(try await problem(layer).contains("is a symbolic link"))
    for repository in ["../a", "a/../a", "", "/a", "A"] {
      #expect(try await problem(layer, in: repository).contains("is no name of a repository"))
    }
  }

  @Test func whatIsNoSuchDirectoryIsNotFound() async throws {
    let missing = try await refusal { _ = try await MirrorDirectory(directory("none"), pool: pool) }
    #expect(missing.code == .notFound && missing.nextStep.contains("file://DIR//REPOSITORY"))
    let other = try await refusal { _ = try await MirrorDirectory(layout.path, pool: pool) }
    #expect(other.code == .notFound && other.problem.contains("it has no directory v2"))
    try FileSystem.makeDirectory(directory("empty/v2"))
    let empty = try await MirrorDirectory(directory("empty"), pool: pool)
    #expect(try await refusal { _ = try await empty.images(nil, .all) }.code == .notFound)
  }
}

extension String {
  fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
