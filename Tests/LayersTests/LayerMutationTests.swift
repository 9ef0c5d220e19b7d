import Diagnostics
import Digests
import Layers
import OCI
import SystemIO
import TestSupport
import Testing
import Zstd

/// Archives that are nearly right: an error of ours or entries, and never more than the limits allow.
@Suite(.timeLimit(.minutes(20))) struct LayerMutationTests {
  private static let limits = ArchiveLimits(bytes: 8 << 20, entries: 1_000)

  /// Small archives with everything that layers have.
  private static var tars: [[UInt8]] {
    get throws {
      let made =
        TarBytes.entry("configs/", type: "5") + TarBytes.entry("configs/a", "content of a")
        + TarBytes.entry("configs/b", type: "1", link: "configs/a") + TarBytes.entry("c", type: "2", link: "../x")
        + TarBytes.entry("PaxHeaders/x", "20 path=configs/long\n22 SCHILY.xattr.u=abc\n", type: "x")
        + TarBytes.entry("configs/x", "y") + TarBytes.entry(".wh.gone") + [UInt8](repeating: 0, count: 1024)
      let directory = try TemporaryDirectory()
      let long = String(repeating: "n", count: 120)
      let script = """
        mkdir -p configs/\(long); echo 1 > configs/\(long)/a; ln -s a configs/\(long)/b; ln configs/\(long)/a configs/c
        mkfifo p; printf x > sparse; truncate -s 200000 sparse
        """
      return try [made]
        + ["--format gnu -S", "--format posix -S", "--format ustar"].map { options in
          let result = try runTool(
            "sh",
            [
              "-ec",
              "rm -rf \(directory("in")); mkdir \(directory("in")); cd \(directory("in")); \(script)\n"
                + "\(options.contains("ustar") ? "rm -r configs/\(long) sparse" : "")\n"
                + "tar -cf \(directory("out")) -b 1 --sort=name \(options) .",
            ])
          try #require(result.status == 0, "\(result.errors)")
          return try FileSystem.read(directory("out"), limit: 1 << 20)
        }
    }
  }

  /// The same archive with headers whose checksums are right, so that what they say is read.
  private func summed(_ tar: [UInt8]) -> [UInt8] {
    var tar = tar
    for start in stride(from: 0, to: tar.count - 511, by: 512)
    where tar[start + 257..<start + 262].elementsEqual("ustar".utf8) {
      tar.replaceSubrange(start + 148..<start + 156, with: "        ".utf8)
      let sum = tar[start..<start + 512].reduce(0) { $0 + Int($1) }
      let octal = String(sum, radix: 8)
      tar.replaceSubrange(
        start + 148..<start + 156, with: (String(repeating: "0", count: 6 - octal.count) + octal + "\0 ").utf8)
    }
    return tar
  }

  private func zstd(_ content: [UInt8]) -> [UInt8] { content.withUnsafeBytes { ZstdCompressor().frame($0) } }

  /// Reads all of an archive.
  private func read(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { all in
      var offset = 0
      let archive = try ArchiveReader("archive", limits: Self.limits) {
        guard offset < all.count else { return nil }
        let piece = UnsafeRawBufferPointer(rebasing: all[offset..<min(offset + 777, all.count)])
        offset += piece.count
        return piece
      }
      var (entries, total) = (0, 0)
      while let entry = try archive.next() {
        entries += 1
        #expect(!entry.path.split(separator: "/").contains("..") && !entry.path.hasPrefix("/"))
        if entries.isMultiple(of: 2) { continue }
        try archive.readContent { total += $0.count }
      }
      #expect(entries <= Self.limits.entries && total <= Self.limits.bytes)
    }
  }

  private func read(_ samples: [[UInt8]], _ name: String, count: Int, _ change: ([UInt8]) -> [UInt8] = { $0 }) {
    let mutations = Mutations(of: samples, named: name, count: count)
    for bytes in mutations {
      do { try read(change(bytes)) } catch is SealiftError {} catch { Issue.record("\(mutations.label): \(error)") }
    }
  }

  @Test func tarArchives() throws {
    for tar in try Self.tars { try read(tar) }
    read(try Self.tars, "tar archives", count: 600) { summed($0) }
    read(try Self.tars, "tar archives in gzip", count: 200) { Gzip.stored(summed($0)) }
    read(try Self.tars, "tar archives in zstd", count: 200) { zstd(summed($0)) }
  }

  @Test func compressedBytes() throws {
    let directory = try TemporaryDirectory()
    let deflated = try Self.tars.enumerated().map { number, tar in
      try FileSystem.write(tar, to: directory("\(number)"))
      try #require(try runTool("gzip", [directory("\(number)")]).status == 0)
      return try FileSystem.read(directory("\(number).gz"), limit: 1 << 20)
    }
    for tar in deflated { try read(tar) }
    read(deflated, "gzip", count: 800)
    read(try Self.tars.map { zstd($0) }, "zstd", count: 800)
  }

  @Test func imagesWithSuchLayers() async throws {
    let image = try TestImage()
    try image.add(Gzip.stored(try Self.tars[0]))
    let mutations = Mutations(of: try Self.tars, named: "layers", count: 60)
    for bytes in mutations {
      // One above the sound one, in place of the one before.
      let layer = try image.layout.blob(
        Gzip.stored(summed(bytes)), "application/vnd.oci.image.layer.v1.tar+gzip")
      let files = ImageFiles(
        layers: [image.layers[0], layer], of: try await image.repository(), limits: Self.limits)
      do {
        let found = try await files.collect(
          WantedFiles(under: "configs", limit: 1 << 10), depth: .all, totalLimit: 1 << 16)
        #expect(found.files.reduce(0) { $0 + $1.bytes.count } <= 1 << 16)
      } catch is SealiftError {} catch { Issue.record("\(mutations.label): \(error)") }
      try FileSystem.remove("\(image.layout.path)/blobs/sha256/\(layer.digest.hex)")
    }
  }
}
