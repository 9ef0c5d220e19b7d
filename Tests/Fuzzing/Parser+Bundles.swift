import BundleFormat
import Diagnostics
import Digests
import Signing
import SystemIO
import Tar
import TestSupport
import Volumes
import Zstd

@testable import Parity

extension Parser {
  /// What reads bundles.
  static let bundles = [index, front, head, frames, tarHeaders, volumeList, parityHeader]

  private static let index = Parser("index", samples: { [try TinyBundle.example.index.bytes] }) { bytes in
    let index = try BundleIndex(bytes)
    // Whatever a later version may have added to it.
    let again = try BundleIndex(index.bytes)
    precondition(again == index, "an index that is written is another one")
  }

  private static let volumeList = Parser(
    "volume-list",
    samples: {
      let digest = SHA256Hasher.digest(of: [])
      let entries = (1...2).map { VolumeList.Entry(name: "a.00\($0)", size: 4096, digest: digest, begin: digest) }
      return [VolumeList(bundle: digest, volumeBytes: 4096, entries: entries).bytes]
    }
  ) { bytes in
    let list = try VolumeList(bytes, source: "list")
    precondition(list.bytes == bytes, "a list of volumes has two forms")
  }

  private static let parityHeader = Parser(
    "parity-header",
    samples: {
      let layout = ParityLayout(bundleBytes: 100_000, stretchBytes: 10_000, groups: 2, parityPerGroup: 3)
      let set = ParitySet(bundle: SHA256Hasher.digest(of: []), layout: layout, table: ChunkTable(layout).digest)
      return [ParityHeader(set, 1).bytes]
    }
  ) { bytes in
    // The CRC would be right only by chance.
    var block = Array(bytes.prefix(ParityHeader.blockBytes - 4))
    block += [UInt8](repeating: 0, count: ParityHeader.blockBytes - 4 - block.count)
    ChunkCRC.append(to: &block)
    guard let header = ParityHeader(block) else { return }
    precondition(header.bytes == block, "a header of a parity volume has two forms")
    let layout = header.set.layout
    precondition((0..<layout.groups).allSatisfy { layout.shards(ofGroup: $0).count <= ErasureCode.maximumShards })
  }

  private static func read(_ bytes: [UInt8]) throws {
    let front = try BundleFront.read(BundleInput(try Scratch.shared(bytes)))
    _ = try front.verify(TrustPolicy(keys: [], allowUnsigned: true))
  }

  private static let front = Parser(
    "front",
    samples: {
      let bundle = try TinyBundle.example
      let signed = try TinyBundle.signatures(bundle.index.bytes, bundle.keys).stored
      return [framed(entry(bundle.index.bytes)) + signed]
    },
    read: read)

  /// A front whose frames are sound, so that what is in them is read.
  private static let head = Parser("front-content", samples: { [entry(try TinyBundle.example.index.bytes)] }) { bytes in
    try read(framed(bytes) + unsigned)
  }

  private static let unsigned = (try? SignatureRegion())?.stored ?? []

  private static func entry(_ index: [UInt8]) -> [UInt8] {
    TarHeader.bytes(name: BundleLayout.indexName, size: index.count) + index
      + [UInt8](repeating: 0, count: TarHeader.padding(index.count))
  }

  private static func framed(_ content: [UInt8]) -> [UInt8] {
    content.withUnsafeBytes { all in
      let starts = stride(from: 0, to: all.count, by: ZstdFrame.maximumContent)
      return starts.flatMap { start in
        let end = min(all.count, start + ZstdFrame.maximumContent)
        return ZstdCompressor().frame(UnsafeRawBufferPointer(rebasing: all[start..<end]))
      }
    }
  }

  private static let frames = Parser(
    "frames", samples: { [framed(entry(try TinyBundle.example.index.bytes)), framed([1, 2, 3])] }
  ) { bytes in
    _ = SeekTable(bytes, frames: bytes.count / 8)
    _ = SignatureRegion(stored: bytes)
    guard let frame = try? ZstdFrame(bytes) else { return }
    precondition(frame.contentBytes <= ZstdFrame.maximumContent, "a frame is larger than the largest")
    var content = [UInt8](repeating: 0, count: frame.contentBytes)
    _ = bytes.withUnsafeBytes { stored in
      content.withUnsafeMutableBytes { ZstdDecompressor().decompress(stored, into: $0) }
    }
  }

  private static let tarHeaders = Parser(
    "tar-headers", samples: { [TarHeader.bytes(name: "blobs/sha256/ab", size: 1 << 34)] }
  ) { bytes in
    for name in ["blobs/sha256/ab", String(text(bytes.filter { $0 != 0 }).prefix(100))] {
      guard let size = TarHeader.size(in: bytes.prefix(512), name: name) else { continue }
      precondition(bytes.prefix(512).elementsEqual(TarHeader.bytes(name: name, size: size)), "a header has two forms")
    }
  }
}

extension Scratch {
  private nonisolated(unsafe) static var one: Scratch? = try? Scratch()

  /// A file with these bytes; the one before is gone.
  static func shared(_ bytes: [UInt8]) throws -> File {
    guard let file = try one?.holding(bytes) else { throw SealiftError.system("cannot make a file in memory") }
    return file
  }
}
