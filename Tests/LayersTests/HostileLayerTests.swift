import Diagnostics
import Digests
import Layers
import OCI
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct HostileLayerTests {
  @Test(arguments: [
    ([TarBytes.entry("../configs/a", "x")], "could lead out of it: '../configs/a'"),
    ([TarBytes.entry("configs/../../a", "x")], "could lead out of it: 'configs/../../a'"),
    ([TarBytes.entry("configs/a", type: "1", link: "../../etc/shadow")], "could lead out of it: '../../etc/shadow'"),
    ([TarBytes.entry("configs/a", type: "1", link: "etc/shadow")], "hard link to etc/shadow"),
    ([TarBytes.entry("configs/a", type: "3")], "has configs/a, which is wanted, as a device"),
    ([TarBytes.entry("configs/a", "1"), TarBytes.entry("./configs//a", "2")], "has configs/a twice"),
    ([TarBytes.entry("configs/a", "1"), TarBytes.entry("configs/a", type: "5")], "has configs/a twice"),
    (
      [TarBytes.entry("configs", type: "2", link: "/etc"), TarBytes.entry("configs/a", "1")],
      "has configs/a although configs is no directory"
    ),
    (
      [TarBytes.entry("configs/a", "1"), TarBytes.entry("configs", "2")],
      "has configs/a although configs is no directory"
    ),
    ([TarBytes.entry("configs/a", size: "77777777777")], "has configs/a with 8 GiB, and at most 1 MiB are read"),
    ([TarBytes.entry("other", size: "77777777777")], "is not a readable tar archive"),
    ([TarBytes.entry("configs/a", "x", type: "x", size: "77777777777")], "is not a readable tar archive"),
    ([TarBytes.entry("configs/a", "1"), Array("garbage".utf8)], "is not a readable tar archive"),
  ])
  func entriesThatNoImageHasAreRefused(entries: [[UInt8]], problem: String) async throws {
    let image = try TestImage()
    try image.add(TarBytes.archive(entries))
    let error = try await image.failure()
    #expect(error.code == .protocol)
    #expect(error.problem.contains(problem), "\(error.problem)")
    #expect(error.problem.contains(image.layers[0].digest.description))
  }

  @Test(arguments: [
    "tar -cf - . | gzip | gzip", "tar -cf - . | zstd -q | gzip", "tar -cf - . | xz", "tar -cf - . | bzip2",
    "bsdtar --format zip -cf - .", "bsdtar --format cpio -cf - .", "cat configs/a", "gzip < configs/a",
    "tar -cf - . | gzip | head -c 1000", "tar -cf - . | zstd -q | head -c 1000", "head -c 1000 /dev/urandom",
    "bsdtar --format 7zip -cf - .",
  ])
  func whatIsNoTarIsRefused(pack: String) async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; head -c 100000 /dev/urandom > configs/a", pack: pack)
    let error = try await image.failure()
    #expect(error.code == .protocol)
  }

  @Test func otherBytesThanTheDigestSaysAreRefused() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; printf 1 > configs/a", pack: "tar -cf - . | gzip -n; head -c 3000000 /dev/zero")
    #expect(try await image.read("configs").files == ["configs/a=1"])
    let bytes = try image.bytes(ofLayer: 0)
    // In the archive, and in what follows it and no reader looks at.
    for index in [20, bytes.count - 1] {
      var changed = bytes
      changed[index] ^= 1
      try image.replaceLayer(0, with: changed)
      #expect(try await image.failure().problem.contains("have another digest"))
    }
  }

  @Test func layersWithoutEndAreRefused() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; head -c 50000000 /dev/zero > big; printf 1 > configs/a")
    for limit in [1000, 100_000, 50_000_000] {
      let error = try await image.failure(limits: ArchiveLimits(bytes: limit))
      #expect(error.problem.contains("has more than \(limit.asBytes) when it is decompressed"), "\(error.problem)")
    }
    #expect(try await image.read("configs", limits: ArchiveLimits(bytes: 51_000_000)).files == ["configs/a=1"])
  }

  @Test func tooManyEntriesAreRefused() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; for i in 1 2 3 4 5 6; do touch $i; done")
    #expect(try await image.failure(limits: ArchiveLimits(entries: 7)).problem.contains("more than 7 entries"))
    #expect(try await image.read("configs", limits: ArchiveLimits(entries: 8)).files == [])
  }

  @Test func tooManyBytesInMemoryAreRefused() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; printf 12345 > configs/a; printf 12345 > configs/b")
    let error = await #expect(throws: SealiftError.self) {
      try await image.files().collect(WantedFiles(under: "configs", limit: 5), totalLimit: 9)
    }
    #expect(error?.problem.contains("more than 9 B") == true)
  }

  @Test func aFileWithTooManyNamesIsRefused() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; printf 1 > x; for i in 1 2 3 4 5 6 7 8 9 10; do ln x configs/$i; done")
    #expect(try await image.failure().problem.contains("hard links to one file"))
  }

  @Test func encryptedLayersAreNamed() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs")
    var layer = image.layers[0]
    layer.mediaType = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
    let files = ImageFiles(layers: [layer], of: try await image.repository())
    let error = await #expect(throws: SealiftError.self) {
      try await files.read(WantedFiles(under: "", limit: 1)) { _ in }
    }
    #expect(error?.problem.contains("is encrypted") == true)
  }

  @Test func aMissingLayerIsSaidToBeMissing() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs")
    let absent = Descriptor(mediaType: LayerWriter.mediaType, digest: SampleBlob.random(9).descriptor.digest, size: 9)
    let files = ImageFiles(layers: [absent], of: try await image.repository())
    let error = await #expect(throws: SealiftError.self) {
      try await files.read(WantedFiles(under: "", limit: 1)) { _ in }
    }
    #expect(error?.code == .notFound || error?.code == .corrupt)
  }
}
