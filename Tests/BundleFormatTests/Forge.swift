@testable import BundleFormat
import Digests
import Glibc
import OCI
import Signing
import SystemIO
import Tar
import TestSupport
import Zstd

/// Writes bundles that a writer would not: any entries in any section, with everything around them as it must be.
///
/// It shares no code with `BundleWriter` but the parts that have tests of their own, so it is a second writer as well.
struct Forge {
  /// One entry; its header may lie.
  struct Entry {
    var header: [UInt8]
    var content: [UInt8]

    init(_ name: String, _ content: [UInt8]) {
      header = TarHeader.bytes(name: name, size: content.count)
      self.content = content
    }

    init(header: [UInt8], content: [UInt8] = []) {
      self.header = header
      self.content = content
    }

    var bytes: [UInt8] { header + content + [UInt8](repeating: 0, count: TarHeader.padding(content.count)) }
  }

  /// A section whose entries a test changes.
  enum Part: CaseIterable {
    case head
    case body
    case tail
  }

  subscript(part: Part) -> [Entry] {
    get {
      switch part {
      case .head: head
      case .body: body
      case .tail: tail
      }
    }
    set {
      switch part {
      case .head: head = newValue
      case .body: body = newValue
      case .tail: tail = newValue
      }
    }
  }

  /// The stored bytes of the first section, where they are not made of `indexBytes`.
  var indexSection: [UInt8]?
  /// The content of `bundle.json`.
  var indexBytes: [UInt8]
  /// Who signs these bytes.
  var keys: [PrivateKey]
  /// The stored region, where it is not made of `keys`.
  var region: [UInt8]?
  var head: [Entry]
  var body: [Entry]
  var tail: [Entry]
  /// What stands behind the seek table.
  var trailer: [UInt8] = []

  /// The parts of a legal bundle.
  init(_ bundle: TinyBundle) {
    indexBytes = bundle.index.bytes
    keys = bundle.keys
    let blob = { (digest: Digest) in Entry(BundleLayout.blobName(digest), bundle.contents[digest] ?? []) }
    let fixed = bundle.index.headFiles().map { Entry($0.file.path, $0.content) }
    let extra = bundle.index.extraFiles.map { Entry($0.path, bundle.contents[$0.digest] ?? []) }
    head = fixed + extra + bundle.index.metadata.map { blob($0.digest) }
    body = bundle.index.blobs.filter { $0.encoding == .raw }.map { blob($0.descriptor.digest) }
    tail = bundle.index.blobs.filter { $0.encoding == .zstd }.map { blob($0.descriptor.digest) }
  }

  /// The whole file.
  var bytes: [UInt8] {
    get throws {
      var table: [SeekTable.Entry] = []
      var frames: [UInt8] = []
      func compressed(_ content: [UInt8]) -> [UInt8] {
        var stored: [UInt8] = []
        for start in stride(from: 0, to: content.count, by: 4 << 20) {
          let piece = content[start..<min(start + 4 << 20, content.count)]
          let frame = piece.withUnsafeBytes { ZstdCompressor().frame($0) }
          table.append(.init(storedBytes: frame.count, contentBytes: piece.count))
          let size = "\(frame.count)"
          let digits = String(repeating: "0", count: 8 - size.count) + size
          frames += "\(digits) \(SHA256Hasher.digest(of: frame).hex)\n".utf8
          stored += frame
        }
        return stored
      }
      func raw(_ content: [UInt8]) -> [UInt8] {
        let layout = RawFrames(contentBytes: content.count)
        table += layout.frames.map { .init(storedBytes: RawFrames(contentBytes: $0).storedBytes, contentBytes: $0) }
        return layout.pieces(0..<content.count).reduce(into: []) { stored, piece in
          stored += layout.preamble(at: piece.lowerBound) + content[piece]
        }
      }
      let indexSection = indexSection ?? compressed(Entry("bundle.json", indexBytes).bytes)
      let region = try region ?? TinyBundle.signatures(indexBytes, keys).stored
      table.append(.init(storedBytes: region.count, contentBytes: 65_536))
      var file = indexSection + region + compressed(head.flatMap(\.bytes)) + raw(body.flatMap(\.bytes))
      for entry in tail { file += compressed(entry.bytes) }
      file += raw(Entry("frames.sha256", frames).bytes + TarHeader.endOfArchive)
      return file + SeekTable(table).bytes + trailer
    }
  }
}
