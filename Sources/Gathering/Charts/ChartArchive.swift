internal import Charts
internal import Diagnostics
internal import Layers

/// Reads the archives that charts are in: those files that say something of images.
enum ChartArchive {
  /// The greatest archive in bytes; Helm itself takes no larger one when it is unpacked.
  static let maximumBytes = 100 << 20
  // Source: Helm, pkg/chart/loader/archive, `MaxDecompressedChartSize`.
  private static let maximumUnpacked = 100 << 20
  private static let maximumEntries = 50_000
  /// The greatest chart that is packed within another.
  private static let maximumPacked = 32 << 20

  /// What is taken into memory of one chart and all charts in it.
  private struct Reading {
    var files: [String: [UInt8]] = [:]
    var left = ChartArchive.maximumUnpacked
    /// What the charts in it may have together when they are decompressed: a bomb can hold thousands of bombs.
    var packedLeft = ChartArchive.maximumUnpacked
  }

  /// Reads a chart; blocks.
  ///
  /// - Parameters:
  ///   - bytes: The archive.
  ///   - name: What it is, for messages.
  /// - Throws: `protocol` for what is no chart, holds anything but files and directories, or is beyond the limits.
  static func read(_ bytes: [UInt8], _ name: String) throws -> Chart {
    var reading = Reading()
    try collect(bytes, name, prefix: "", depth: 0, into: &reading)
    return try Chart(reading.files, source: name)
  }

  private static func collect(
    _ archive: [UInt8], _ name: String, prefix: String, depth: Int, into reading: inout Reading
  ) throws {
    guard depth <= Chart.maximumDepth else { throw error(name, "nests charts deeper than \(Chart.maximumDepth)") }
    var packed: [(path: String, bytes: [UInt8])] = []
    try archive.withUnsafeBytes { bytes in
      var rest: UnsafeRawBufferPointer? = bytes
      let limits = ArchiveLimits(bytes: depth == 0 ? maximumUnpacked : reading.packedLeft, entries: maximumEntries)
      let reader = try ArchiveReader(name, limits: limits) {
        defer { rest = nil }
        return rest
      }
      var root: Substring?
      while let entry = try reader.next() {
        guard let path = try path(of: entry, in: &root, name) else { continue }
        let isPacked = Chart.isPacked(path)
        guard let limit = isPacked ? maximumPacked : Chart.limit(of: prefix + path) else { continue }
        let content = try reader.content(limit: min(limit, reading.left))
        reading.left -= content.count
        if isPacked {
          packed.append((path, content))
        } else if reading.files.updateValue(content, forKey: prefix + path) != nil {
          throw error(name, "has \(prefix + path) twice")
        }
      }
      if depth > 0 { reading.packedLeft -= min(reader.decompressedBytes, reading.packedLeft) }
    }
    for (path, bytes) in packed {
      try collect(bytes, "\(path) in \(name)", prefix: "\(prefix)\(path)/", depth: depth + 1, into: &reading)
    }
  }

  /// The path of a file within the one directory that an archive holds; `nil` for a directory.
  private static func path(of entry: ArchiveEntry, in root: inout Substring?, _ name: String) throws -> String? {
    switch entry.kind {
    case .directory: return nil
    case .file: break
    case .symbolicLink, .hardLink, .special: throw error(name, "has \(entry.path), which is no plain file")
    }
    let parts = entry.path.split(separator: "/", maxSplits: 1)
    guard parts.count == 2 else { throw error(name, "has \(entry.path), which is in no directory") }
    if let root, root != parts[0] {
      throw error(name, "holds both \(root) and \(parts[0]), and a chart is one directory")
    }
    root = parts[0]
    return String(parts[1])
  }

  private static func error(_ name: String, _ problem: String) -> SealiftError {
    SealiftError(
      .protocol, "\(name) \(problem)", nextStep: "package the chart with `helm package`, or ask its publisher")
  }
}
