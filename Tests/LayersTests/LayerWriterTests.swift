import Diagnostics
import Digests
import Layers
import OCI
import SystemIO
import TestSupport
import Testing

@Suite struct LayerWriterTests {
  private struct Full: Error {}

  private func write(_ entries: [LayerEntry]) throws -> (layer: WrittenLayer, bytes: [UInt8]) {
    let collector = Collector()
    let layer = try LayerWriter.write(entries) { collector.take($0) }
    return (layer, collector.bytes)
  }

  private var entries: [LayerEntry] {
    [
      LayerEntry("b/c/file", .bytes(Array("content".utf8))),
      LayerEntry("b/run", .bytes([]), mode: 0o755),
      LayerEntry("a", .whiteout),
      LayerEntry("b/gone", .whiteout),
      LayerEntry("b", .opaque),
      LayerEntry("empty", .directory, mode: 0o700),
      LayerEntry(String(repeating: "long-", count: 40) + "ü", .bytes(Array("pax".utf8))),
    ]
  }

  @Test func tarReadsTheLayer() throws {
    let directory = try TemporaryDirectory()
    try FileSystem.write(try write(entries).bytes, to: directory("layer.tar.gz"))
    let listed = try runTool(
      "tar", ["--utc", "--full-time", "--numeric-owner", "-tvzf", directory("layer.tar.gz")],
      environment: ["LC_ALL=C.UTF-8"])
    let lines = listed.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    let epoch = "1970-01-01 00:00:00"
    #expect(
      lines == [
        "-rw-r--r-- 0/0 0 \(epoch) .wh.a", "drwxr-xr-x 0/0 0 \(epoch) b/", "-rw-r--r-- 0/0 0 \(epoch) b/.wh..wh..opq",
        "-rw-r--r-- 0/0 0 \(epoch) b/.wh.gone", "drwxr-xr-x 0/0 0 \(epoch) b/c/",
        "-rw-r--r-- 0/0 7 \(epoch) b/c/file", "-rwxr-xr-x 0/0 0 \(epoch) b/run", "drwx------ 0/0 0 \(epoch) empty/",
        "-rw-r--r-- 0/0 3 \(epoch) \(String(repeating: "long-", count: 40))ü",
      ])
    let tar = try runTool("sh", ["-c", "gzip -dc \(directory("layer.tar.gz")) | sha256sum"])
    #expect(try tar.output.hasPrefix(write(entries).layer.diffID.hex))
  }

  @Test func theSameEntriesGiveTheSameBytes() throws {
    let (layer, bytes) = try write(entries)
    #expect(layer.descriptor.digest == SHA256Hasher.digest(of: bytes))
    #expect(layer.descriptor.size == bytes.count)
    #expect(layer.descriptor.mediaType == LayerWriter.mediaType)
    #expect(try write(entries.reversed()) == (layer, bytes))
    // gzip's time and name: no flags, no time.
    #expect(Array(bytes.prefix(8)) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
  }

  @Test func contentComesFromFiles() throws {
    let directory = try TemporaryDirectory()
    try FileSystem.write([UInt8](repeating: 7, count: 1_000_000), to: directory("file"))
    let file = try File(directory("file"), .read)
    let part = try write([LayerEntry("x", .part(of: file, offset: 5, size: 900_000))])
    #expect(part == (try write([LayerEntry("x", .bytes([UInt8](repeating: 7, count: 900_000)))])))
    let error = #expect(throws: SealiftError.self) {
      try write([LayerEntry("x", .part(of: file, offset: 5, size: 1_000_000))])
    }
    #expect(error?.code == .storage)
  }

  @Test(arguments: [
    [LayerEntry("../a", .directory)], [LayerEntry("/a", .directory)], [LayerEntry("a/", .directory)],
    [LayerEntry("a//b", .directory)], [LayerEntry("", .directory)], [LayerEntry("", .whiteout)],
    [LayerEntry("a", .directory), LayerEntry("a", .bytes([]))],
    [LayerEntry("a", .bytes([])), LayerEntry("a/b", .bytes([]))],
  ])
  func pathsThatALayerCannotHaveAreRefused(entries: [LayerEntry]) throws {
    let error = #expect(throws: SealiftError.self) { try write(entries) }
    #expect(error?.code == .internal)
  }

  @Test func aSinkThatFailsEndsTheWriting() throws {
    let calls = Counter()
    #expect(throws: Full.self) {
      try LayerWriter.write([LayerEntry("x", .bytes(LayoutFixture.noise(seed: 1, size: 1_000_000)))]) { _ in
        calls.next()
        throw Full()
      }
    }
    #expect(calls.value == 1)
  }
}
