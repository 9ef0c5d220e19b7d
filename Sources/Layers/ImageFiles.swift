internal import Diagnostics
public import OCI
internal import SystemIO

/// The files of an image, as a container would see them, read from its layers without unpacking them.
///
/// Layers are read from the top one down, each streamed once: what a layer above replaces or deletes is passed over.
/// Hard links within a layer are followed, for which it is read again. Memory does not grow with the content.
public struct ImageFiles: Sendable {
  /// How far down the layers are read.
  public enum Depth: Sendable {
    /// To the bottom, or to where nothing below can be seen.
    case all
    /// To the first layer that has any of the wanted files: for directories that one layer is known to bring.
    case firstFind
  }

  /// What reading has met.
  public struct Summary: Sendable, Equatable {
    /// The number of files that were handed over.
    public var files = 0
    /// Symbolic links where files are wanted, and on the way there.
    public var links: [ImageLink] = []
    /// The number of layers that were opened.
    public var layers = 0
  }

  private let layers: [Descriptor]
  private let transfer: LayerTransfer

  /// The files of one image.
  ///
  /// - Parameters:
  ///   - layers: Its layers, base layer first, as in its manifest.
  ///   - source: The repository that has them.
  ///   - limits: The bounds of each layer.
  public init(layers: [Descriptor], of source: any BlobSource, limits: ArchiveLimits = ArchiveLimits()) {
    self.layers = layers
    transfer = LayerTransfer(source: source, limits: limits)
  }

  /// Reads the wanted files.
  ///
  /// A file is handed over before the digest of its layer is proven: nothing of it may be used before this method
  /// returns.
  ///
  /// - Parameters:
  ///   - wanted: Which files.
  ///   - depth: How far down.
  ///   - body: Takes each file, in the order of the archive, on a thread where it may block but must not wait for the
  ///     source. Content that it does not read is skipped.
  /// - Throws: What `body` and the source throw; `protocol` for a layer that is damaged, hostile or beyond a limit, for
  ///   a wanted file that is too large, and for one that is a device or stands twice in a layer.
  @discardableResult
  public func read(
    _ wanted: WantedFiles, depth: Depth = .all, _ body: @escaping @Sendable (ImageFile) throws -> Void
  ) async throws -> Summary {
    var summary = Summary()
    var above = Overlay()
    for layer in layers.reversed() {
      if wanted.directories.allSatisfy({ above.hidesContent(of: $0) }) { break }
      try Self.check(layer)
      let scan = try await transfer.read(layer) { [above] archive in
        var scan = LayerScan(layer, wanted: wanted, above: above)
        try scan.read(archive, body)
        return scan
      }
      summary.layers += 1
      summary.files += scan.files
      summary.links += scan.links
      try await followHardLinks(scan, wanted, &summary, body)
      if depth == .firstFind, !scan.isEmpty { break }
      above.add(scan.overlay)
      guard above.count <= LayerScan.maximumPaths else { throw LayerScan.tooManyPaths(layer) }
    }
    return summary
  }

  /// Reads the wanted files into memory, sorted by path.
  ///
  /// - Parameter totalLimit: The greatest number of bytes of all files together.
  /// - Returns: The files, and what reading has met; all digests are proven.
  /// - Throws: As `read(_:depth:_:)`; `protocol` beyond the limit.
  public func collect(
    _ wanted: WantedFiles, depth: Depth = .all, totalLimit: Int
  ) async throws -> (files: [(path: String, bytes: [UInt8])], summary: Summary) {
    let collected = Monitor((files: [(path: String, bytes: [UInt8])](), total: 0))
    let summary = try await read(wanted, depth: depth) { file in
      let isTooMuch = collected.withLock { collected in
        collected.total += file.size
        return collected.total > totalLimit
      }
      if isTooMuch {
        throw SealiftError(
          .protocol, "the wanted files of the image have more than \(totalLimit.asBytes)",
          nextStep: "ask the publisher what they hold")
      }
      let bytes = try file.bytes()
      collected.withLock { $0.files.append((file.path, bytes)) }
    }
    let files = collected.withLock { $0.files }
    return (files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }, summary)
  }

  private func followHardLinks(
    _ scan: LayerScan, _ wanted: WantedFiles, _ summary: inout Summary,
    _ body: @escaping @Sendable (ImageFile) throws -> Void
  ) async throws {
    var links = scan.hardLinks
    var passes = 0
    while !links.isEmpty {
      passes += 1
      // Each pass gives each target one of its names.
      guard passes <= LayerScan.maximumPasses else { throw LayerScan.tooManyNames(scan.layer, links[0].path) }
      let (now, later) = LayerScan.onePerTarget(links)
      summary.files += try await transfer.read(scan.layer) { archive in
        try LayerScan.readTargets(of: now, in: scan.layer, archive, wanted, body)
      }
      links = later
    }
  }

  private static func check(_ layer: Descriptor) throws(SealiftError) {
    guard !layer.mediaType.rawValue.hasSuffix("+encrypted") else {
      throw SealiftError(
        .protocol, "layer \(layer.digest) is encrypted (\(layer.mediaType))",
        nextStep: "ask the publisher for an image that is not")
    }
  }
}
