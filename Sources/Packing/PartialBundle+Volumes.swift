internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Gathering
internal import Parity
internal import Signing
internal import SystemIO
internal import Volumes

extension PartialBundle {
  /// Gives volumes that are all written their names, with their list, its signatures, and labels if they are wanted.
  ///
  /// - Parameters:
  ///   - pool: The threads that hash.
  ///   - parity: Gets its names with them.
  ///   - proof: Looks at the bundle before.
  func finish(
    _ volumes: UnfinishedVolumes, size: Int, _ planned: PlannedBundle, _ journal: PackJournal, _ options: PackOptions,
    _ keys: [PrivateKey], _ parity: UnfinishedParity?, _ reporter: any Reporter, on pool: BlockingPool,
    proof: @escaping @Sendable (any BundleStorage) throws -> Void
  ) async throws {
    try await pool.run {
      try volumes.truncate(to: size)
      try volumes.sync()
      try proof(volumes)
    }
    reporter.report(.phase(.hash, bytes: volumes.unhashed(of: size), items: 0))
    let id = planned.writer.head.verified.id
    let list = try await volumes.list(path, id: id, size: size, on: pool) { reporter.report(.advanced(bytes: $0)) }
    try await pool.run {
      try name(volumes: list.entries.count, journal) {
        try VolumeListFile.write(list, beside: path, keys: keys)
        let parityPaths = try parity?.name() ?? []
        guard options.writesLabels else { return }
        try VolumeLabel.write(
          list, beside: path, created: planned.index.created, parity: parityPaths, losable: parity?.losable ?? 0)
      }
    }
  }
}
