internal import BundleFormat
internal import Diagnostics
internal import SystemIO
internal import Volumes

extension ProtectedBundle {
  /// Opens a bundle that has parity.
  ///
  /// - Parameters:
  ///   - list: The list of its volumes, if a trusted key has signed one.
  ///   - mayAsk: Whether the volumes that are not there can be asked for.
  /// - Returns: `nil` if there is no parity that can be used, or if too little is there and the rest can be asked for.
  /// - Throws: `beyondRepair` if too much is missing.
  convenience init?(
    _ found: FoundVolumes, _ list: VolumeList?, mayAsk: Bool, warn: (String) -> Void
  ) throws(SealiftError) {
    guard !found.parity.isEmpty, let parity = ParityVolumes(found, warn: warn) else { return nil }
    guard parity.set.fits(list) else {
      warn("the parity volumes of \(found.path) are not those of the volumes in its list: they are not used")
      return nil
    }
    let shards = try Shards(parity, found, list)
    if shards.areOfAnotherBundle {
      warn("the parity volumes of \(found.path) are of another bundle: they are not used")
      return nil
    }
    let lost = (0..<shards.layout.shardCount).filter(shards.isLost)
    if let failure = shards.failure(found, lost: lost) {
      if mayAsk, list != nil, found.whole == nil { return nil }
      throw failure
    }
    for name in Set(lost.map(shards.name)).sorted() where found.whole == nil {
      warn("\(name) is not there, or is not of this bundle: the others make up for it")
    }
    for name in Set((0..<shards.layout.dataCount).filter { !shards.hasRightSize($0) }.map(shards.name)).sorted() {
      warn("\(name) has not the size that it should: the others make up for what is missing")
    }
    self.init(path: found.whole ?? found.path, shards, (try? found.signatures()) ?? [])
  }
}

extension FoundVolumes {
  /// Which file is which volume: the one that begins as it should, or else the one that has its name.
  fileprivate func paths(_ set: ParitySet, _ table: ChunkTable) -> [String?] {
    let begins = files.values.joined().sorted().reduce(into: [String: UInt32]()) { found, path in
      found[path] = set.layout.beginCRC(path)
    }
    let first = files[0] == nil ? 1 : 0
    var unused = Set(begins.keys)
    func take(_ path: String?) -> String? {
      if let path { unused.remove(path) }
      return path
    }
    var paths: [String?] = (0..<set.layout.dataCount).map { shard in
      take((files[shard + first] ?? []).first { begins[$0] == table.crc(shard, 0) })
    }
    for shard in paths.indices where paths[shard] == nil {
      paths[shard] = take(unused.sorted().first { begins[$0] == table.crc(shard, 0) })
    }
    for shard in paths.indices where paths[shard] == nil {
      paths[shard] = take((files[shard + first] ?? []).first { unused.contains($0) })
    }
    return paths
  }
}

extension ParityLayout {
  /// The CRC of what would be the first chunk of a file.
  fileprivate func beginCRC(_ path: String) -> UInt32? {
    let bytes = try? File(regular: path, followingLinks: true).bytes(at: 0, count: chunkBytes)
    return bytes.map { $0.withUnsafeBytes { ChunkCRC.value($0) } }
  }
}

extension ParitySet {
  /// Whether the parity can be that of listed volumes.
  fileprivate func fits(_ list: VolumeList?) -> Bool {
    guard let list else { return true }
    return list.bundle == bundle && list.totalBytes == layout.bundleBytes && list.volumeBytes == layout.stretchBytes
  }
}

extension Shards {
  fileprivate init(_ parity: ParityVolumes, _ found: FoundVolumes, _ list: VolumeList?) throws(SealiftError) {
    let layout = parity.set.layout
    if let whole = found.whole {
      self.init(parity, bundle: found.bundle, file: try File(regular: whole, followingLinks: true))
    } else {
      let volumes = VolumeSet(
        found.paths(parity.set, parity.table), of: found, list, volumeBytes: layout.stretchBytes,
        total: layout.bundleBytes)
      self.init(parity, bundle: found.bundle, volumes: volumes)
    }
  }

  /// Whether the data is a bundle, and not the one of the parity.
  fileprivate var areOfAnotherBundle: Bool {
    guard !isBeginRight, let front = try? BundleFront.read(BundleInput(data)) else { return false }
    return front.id != self.set.bundle
  }

  /// The error if more shards of a group are lost than its parity makes up for.
  fileprivate func failure(_ found: FoundVolumes, lost: [Int]) -> SealiftError? {
    var missing = 0
    var names: [String] = []
    for group in 0..<layout.groups {
      let own = lost.filter { layout.group(of: $0) == group }
      guard own.count > layout.parityPerGroup, own.contains(where: { $0 < layout.dataCount }) else { continue }
      missing += own.count - layout.parityPerGroup
      names += own.map(name)
    }
    guard missing > 0 else { return nil }
    let text = isWhole ? "\(names.count) of its \(layout.shardCount) parts" : names.joined(separator: ", ")
    return SealiftError(
      .beyondRepair,
      "of \(found.path) these are not there, or are not of this bundle: \(text); its parity makes up for "
        + "\(layout.parityPerGroup)",
      nextStep: "bring \(missing == 1 ? "one more" : "\(missing) more") of them, and name their directories too")
  }
}
