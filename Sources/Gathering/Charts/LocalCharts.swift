internal import Configuration
internal import Diagnostics
internal import Digests
internal import SystemIO
internal import YAML

/// The charts of `mirror.helm.local`, as they are when a run begins.
public struct LocalCharts: Sendable {
  /// The greatest signature beside a chart; real ones have some KiB.
  static let maximumProvenance = 1 << 20
  /// What the name of a signature has more than that of its chart.
  static let provenanceSuffix = ".prov"

  private var digests: [String: Digest] = [:]

  /// Looks at all of them.
  ///
  /// - Throws: `configuration` for a directory; `notFound`; `storage`.
  init(_ requests: [HelmRequest.Local]) throws(SealiftError) {
    for request in requests {
      guard !FileSystem.isDirectory(request.path) else {
        throw request.position.error(
          "\(request.path) is a directory, and a packaged chart is wanted",
          nextStep: "run `helm package \(request.path)`, and name the .tgz that it writes")
      }
      let (archive, provenance) = try Self.files(of: request.path)
      digests[request.path] = SHA256Hasher.digest(of: archive)
      if let provenance { digests[request.path + Self.provenanceSuffix] = SHA256Hasher.digest(of: provenance) }
    }
  }

  /// What decides the bytes of a bundle: each path with the digest of the content.
  public var inputs: [String] { digests.map { "chart \($0.key) \($0.value)" }.sorted() }

  /// Reads a chart; blocks.
  ///
  /// - Throws: `again` if it has changed since the run began.
  func read(_ request: HelmRequest.Local) throws(SealiftError) -> FoundChart {
    let (archive, provenance) = try Self.files(of: request.path)
    let found = [SHA256Hasher.digest(of: archive), provenance.map { SHA256Hasher.digest(of: $0) }]
    guard found == [digests[request.path], digests[request.path + Self.provenanceSuffix]] else {
      throw SealiftError(
        .again, "\(request.path) has changed since this run began", nextStep: "run the same command again")
    }
    return FoundChart(
      source: request.path, archive: archive, carriage: .made(provenance: provenance),
      expected: request.name.map { ($0, nil) }, notes: [])
  }

  private static func files(of path: String) throws(SealiftError) -> (archive: [UInt8], provenance: [UInt8]?) {
    let signature = path + provenanceSuffix
    return (
      try FileSystem.read(path, limit: ChartArchive.maximumBytes),
      FileSystem.exists(signature) ? try FileSystem.read(signature, limit: maximumProvenance) : nil
    )
  }
}
