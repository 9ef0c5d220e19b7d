import Layers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct ImageFilesTests {
  @Test(arguments: [
    "tar -cf - .", "tar -cf - . | gzip", "tar -cf - . | zstd -q", "bsdtar --format pax -cf - . | gzip",
    "bsdtar --format gnutar -cf - * | gzip", "tar --format gnu -cPf - $PWD --transform s,^$PWD,, | gzip",
    "tar --format posix -cf - . | zstd -q --ultra -20",
  ])
  func readsWhatToolsPack(pack: String) async throws {
    let image = try TestImage()
    let name = String(repeating: "long-", count: 40) + "ü.json"
    try image.layer("mkdir -p configs/b; printf 1 > configs/a; printf 2 > configs/b/\(name); printf 3 > c", pack: pack)
    let read = try await image.read("configs")
    #expect(read.files == ["configs/a=1", "configs/b/\(name)=2"])
    #expect(read.summary.files == 2)
  }

  @Test func layersAboveReplaceAndDelete() async throws {
    let image = try TestImage()
    try image.layer(
      """
      mkdir -p d/sub d/gone d/emptied d/file-later; cd d
      printf 1 > kept; printf 1 > replaced; printf 1 > deleted; printf 1 > sub/x; printf 1 > gone/x
      printf 1 > emptied/x; printf 1 > file-later/x; printf 1 > deleted-and-back; printf 1 > directory-later
      """)
    try image.layer(
      """
      mkdir -p d/emptied d/directory-later; cd d
      printf 2 > replaced; touch .wh.deleted .wh.gone .wh.deleted-and-back emptied/.wh..wh..opq
      printf 2 > emptied/y; printf 2 > file-later; printf 2 > middle; printf 2 > directory-later/x
      """)
    try image.layer("mkdir -p d; cd d; printf 3 > deleted-and-back; touch .wh.middle; printf 3 > new")
    let read = try await image.read("d")
    #expect(
      read.files == [
        "d/deleted-and-back=3", "d/directory-later/x=2", "d/emptied/y=2", "d/file-later=2", "d/kept=1", "d/new=3",
        "d/replaced=2", "d/sub/x=1",
      ])
    #expect(read.summary.layers == 3)
  }

  @Test(arguments: ["touch .wh.configs", "mkdir configs; touch configs/.wh..wh..opq", "touch .wh..wh..opq"])
  func nothingIsFetchedThatCannotBeSeen(script: String) async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; printf 1 > configs/a")
    try image.layer("\(script)")
    try image.layer("mkdir configs; printf 3 > configs/b")
    let read = try await image.read("configs")
    #expect(read.files == ["configs/b=3"])
    #expect(read.summary.layers == 2)
  }

  @Test func aWhiteoutSparesItsOwnLayer() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; printf 1 > configs/a; printf 1 > configs/b")
    try image.layer("mkdir configs; printf 2 > configs/b; touch configs/.wh.b .wh.configs")
    #expect(try await image.read("configs").files == ["configs/b=2"])
  }

  @Test func stopsAtTheFirstFindWhenToldTo() async throws {
    let image = try TestImage()
    try image.layer("mkdir m; printf 1 > m/a")
    try image.layer("mkdir m; printf 2 > m/b")
    try image.layer("printf 3 > other")
    let read = try await image.read("m", depth: .firstFind)
    #expect(read.files == ["m/b=2"])
    #expect(read.summary.layers == 2)
  }

  @Test func hardLinksHaveTheContentOfTheirFile() async throws {
    let image = try TestImage()
    try image.layer(
      "mkdir a configs; printf 1 > a/origin; ln a/origin configs/one; ln a/origin configs/two; printf 2 > configs/x")
    let read = try await image.read("configs")
    #expect(read.files == ["configs/one=1", "configs/two=1", "configs/x=2"])
    #expect(read.summary.files == 3)
    #expect(read.summary.layers == 1)
  }

  @Test func symbolicLinksAreReportedAndNotFollowed() async throws {
    let image = try TestImage()
    try image.layer("mkdir secret; printf 1 > secret/x; ln -s /data/configs configs")
    #expect(try await image.read("configs").summary.links.map(\.target) == ["/data/configs"])
    try image.layer("rm -f configs; mkdir configs; ln -s ../../secret/x configs/x; printf 2 > configs/y")
    let read = try await image.read("configs")
    #expect(read.files == ["configs/y=2"])
    #expect(read.summary.links.map(\.path) == ["configs/x"])
    #expect(read.summary.links.map(\.target) == ["../../secret/x"])
  }

  @Test func contentCanStreamAndIsSkippedWhereNobodyReadsIt() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; head -c 3000000 /dev/zero > configs/a; printf 1 > configs/b; printf 2 > configs/c")
    let seen = Shared<[String]>([])
    try await image.files().read(WantedFiles(under: ["/configs/"]) { $0.hasSuffix("c") ? nil : 4 << 20 }) { file in
      var (bytes, pieces) = (0, 0)
      if file.path == "configs/a" {
        try file.forEachPiece {
          bytes += $0.count
          pieces += 1
        }
      }
      let line = "\(file.path) \(file.size) \(bytes) \(pieces > 1)"
      seen.with { $0.append(line) }
    }
    #expect(seen.with { $0.sorted() } == ["configs/a 3000000 3000000 true", "configs/b 1 0 false"])
  }

  @Test func sparseFilesAreWhole() async throws {
    let image = try TestImage()
    try image.layer(
      "mkdir configs; truncate -s 700000 configs/a; printf end >> configs/a", pack: "tar -Scf - . | gzip -n")
    let read = try await image.read("configs")
    #expect(read.files.first?.utf8.count == "configs/a=".utf8.count + 700_003)
    #expect(read.files.first?.hasSuffix("\0end") == true)
  }

  @Test func namesThatAreNotUTF8DoNotMatter() async throws {
    let image = try TestImage()
    for pack in ["tar -cf - .", "bsdtar --format pax -cf - ."] {
      try image.layer("mkdir configs; printf 1 > configs/a; printf 2 > \"configs/$(printf '\\351')t\"", pack: pack)
    }
    #expect(try await image.read("configs").files.first == "configs/a=1")
  }

  @Test func anEmptyLayerIsALayer() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; printf 1 > configs/a")
    try image.add(Gzip.stored([UInt8](repeating: 0, count: 1024)))
    try image.add([])
    #expect(try await image.read("configs").files == ["configs/a=1"])
  }

  @Test func manyReadersDoNotWaitForEachOther() async throws {
    let image = try TestImage()
    try image.layer("mkdir configs; head -c 3000000 /dev/urandom > big; printf 1 > configs/a")
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<40 { group.addTask { try await image.read("configs").files } }
      for try await files in group { #expect(files == ["configs/a=1"]) }
    }
  }
}
