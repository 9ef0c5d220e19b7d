internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Gathering
internal import Signing
internal import Volumes

extension PartialBundle {
  /// Gives volumes that are all written their names, with their list, its signatures, and labels if they are wanted.
  ///
  /// - Parameter proof: Looks at the bundle before.
  func finish(
    _ volumes: UnfinishedVolumes, size: Int, _ planned: PlannedBundle, _ journal: PackJournal, _ options: PackOptions,
    _ keys: [PrivateKey], _ reporter: any Reporter, proof: (any BundleStorage) throws -> Void
  ) throws {
    try storage.truncate(to: size)
    try storage.sync()
    try proof(storage)
    reporter.report(.phase(.hash, bytes: volumes.unhashed(of: size), items: 0))
    let id = planned.writer.head.verified.id
    let list = try volumes.list(path, id: id, size: size) { reporter.report(.advanced(bytes: $0)) }
    try name(volumes: list.entries.count, journal) {
      try VolumeListFile.write(list, beside: path, keys: keys)
      if options.writesLabels { try VolumeLabel.write(list, beside: path, created: planned.index.created) }
    }
  }
}
