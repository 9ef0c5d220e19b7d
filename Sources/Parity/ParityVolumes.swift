internal import Diagnostics
internal import Digests
internal import SystemIO
internal import Volumes

/// The parity volumes of a bundle that are there and belong together.
struct ParityVolumes: Sendable {
  let set: ParitySet
  /// By their numbers; `nil` for one that is not there.
  let files: [File?]
  /// As far as any of them has it.
  let table: ChunkTable

  /// Looks at the files that are called so.
  ///
  /// - Parameter warn: Takes what is wrong with those that are not used.
  /// - Returns: `nil` if none can be used.
  init?(_ found: FoundVolumes, warn: (String) -> Void) {
    var sets: [ParitySet: [Int: File]] = [:]
    for path in found.parity.sorted(by: { $0.key < $1.key }).flatMap(\.value) {
      guard let file = try? File(regular: path, followingLinks: true), let header = Self.header(of: file) else {
        warn("\(path) is no parity volume, or is damaged at both ends: it is not used")
        continue
      }
      sets[header.set, default: [:]][header.number] = sets[header.set]?[header.number] ?? file
    }
    let ranked = sets.sorted {
      ($0.value.count, $1.key.table.hex) > ($1.value.count, $0.key.table.hex)
    }
    guard let (set, members) = ranked.first else { return nil }
    for file in ranked.dropFirst().flatMap(\.value.values) {
      warn("\(file.path) was made in another run than the other parity volumes: it is not used")
    }
    self.set = set
    files = (1...set.layout.parityCount).map { members[$0] }
    table = Self.table(set.layout, files.compactMap(\.self))
  }

  private static func header(of file: File) -> ParityHeader? {
    let count = ParityHeader.blockBytes
    if let header = (try? file.bytes(at: 0, count: count)).flatMap({ ParityHeader($0) }) { return header }
    guard let size = try? file.size(), size >= count else { return nil }
    return (try? file.bytes(at: size - count, count: count)).flatMap { ParityHeader($0) }
  }

  /// What one does not have, another may.
  private static func table(_ layout: ParityLayout, _ files: [File]) -> ChunkTable {
    var table = ChunkTable.unknown(layout)
    for file in files where !table.isComplete {
      let bytes = try? file.bytes(at: layout.tableOffset, count: ChunkTable.storedBytes(layout))
      if let bytes { table.take(bytes) }
    }
    return table
  }
}
