internal import Diagnostics
internal import Digests
internal import JSON

/// What the parity volumes that were made in one run have in common.
struct ParitySet: Sendable, Hashable {
  /// The id of the bundle.
  let bundle: Digest
  let layout: ParityLayout
  /// The digest of the table.
  let table: Digest
}

/// What stands at both ends of a parity volume: what it is, in a block of 4,096 bytes.
///
/// Source: `formats/parity-v1.md`, "The header".
struct ParityHeader: Sendable, Equatable {
  /// The version of the format.
  static let apiVersion = "sealift-parity/v1"
  /// The size of the block: canonical JSON, zeros, and the CRC of both.
  static let blockBytes = 4096

  let set: ParitySet
  /// Which parity volume it is, from 1 on.
  let number: Int

  /// The block.
  var bytes: [UInt8] {
    let layout = set.layout
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("apiVersion", Self.apiVersion)
      writer.member("bundle", set.bundle.description)
      writer.member("chunkSize", layout.chunkBytes)
      writer.member("groups", layout.groups)
      writer.member("number", number)
      writer.member("parity", layout.parityPerGroup)
      writer.member("size", layout.bundleBytes)
      writer.member("table", set.table.hex)
      writer.member("volumeSize", layout.stretchBytes)
    }
    var bytes = writer.bytes
    bytes += repeatElement(0, count: Self.blockBytes - 4 - bytes.count)
    ChunkCRC.append(to: &bytes)
    return bytes
  }

  /// Reads a block.
  ///
  /// - Returns: `nil` for anything but a whole header of this version that can be.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.blockBytes, bytes.withUnsafeBytes({ ChunkCRC.isWhole($0) }),
      let value = try? JSONReader.value(Array(bytes.prefix { $0 != 0 }), source: "a parity volume"),
      value["apiVersion"]?.text == Self.apiVersion, let bundle = value["bundle"]?.text.flatMap({ try? Digest($0) }),
      let table = value["table"]?.text.flatMap({ Digest(hex: $0) }), let number = value["number"]?.integer,
      let size = value["size"]?.integer, let stretch = value["volumeSize"]?.integer,
      let chunk = value["chunkSize"]?.integer, let groups = value["groups"]?.integer,
      let parity = value["parity"]?.integer,
      let layout = ParityLayout(
        bundleBytes: size, stretchBytes: stretch, chunkBytes: chunk, groups: groups, parityPerGroup: parity),
      1...layout.parityCount ~= number
    else { return nil }
    self.init(ParitySet(bundle: bundle, layout: layout, table: table), number)
    guard self.bytes == bytes else { return nil }
  }

  init(_ set: ParitySet, _ number: Int) {
    self.set = set
    self.number = number
  }
}

extension ParityLayout {
  /// Where the parity begins in a parity volume.
  var parityOffset: Int { ParityHeader.blockBytes }
  /// Where the table begins in a parity volume.
  var tableOffset: Int { parityOffset + shardBytes }
  /// The size of a parity volume.
  var parityVolumeBytes: Int { tableOffset + ChunkTable.storedBytes(self) + ParityHeader.blockBytes }
}
