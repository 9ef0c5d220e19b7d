import Diagnostics
import Digests
import Layers
import OCI
import SystemIO
import TestSupport
import Testing

let pool = BlockingPool(threads: 4)

/// An image whose layers are made by real tools, in an OCI layout.
final class TestImage {
  let directory: TemporaryDirectory
  let layout: LayoutFixture
  private(set) var layers: [Descriptor] = []

  init() throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
  }

  /// Adds a layer that holds what `script` leaves in an empty directory.
  ///
  /// - Parameter pack: Writes the archive of the directory to stdout.
  func layer(_ script: String, pack: String = "tar -cf - --sort=name . | gzip -n") throws {
    let root = directory("root\(layers.count)")
    let file = directory("file\(layers.count)")
    let result = try runTool(
      "sh", ["-ec", "mkdir \(root); cd \(root); umask 022; (\(script))\n(\(pack)) > \(file)"],
      environment: ["LC_ALL=C.UTF-8"])
    try #require(result.status == 0, "\(result.errors)")
    try add(try FileSystem.read(file, limit: 1 << 30))
  }

  /// Adds a layer of any bytes.
  func add(_ bytes: [UInt8]) throws {
    layers.append(try layout.blob(bytes, "application/vnd.oci.image.layer.v1.tar+gzip"))
  }

  /// Puts other bytes in the place of a layer, under its digest.
  func replaceLayer(_ index: Int, with bytes: [UInt8]) throws {
    try FileSystem.write(bytes, to: "\(layout.path)/blobs/sha256/\(layers[index].digest.hex)")
  }

  func bytes(ofLayer index: Int) throws -> [UInt8] {
    try FileSystem.read("\(layout.path)/blobs/sha256/\(layers[index].digest.hex)", limit: 1 << 30)
  }

  func files(limits: ArchiveLimits = ArchiveLimits()) async throws -> ImageFiles {
    ImageFiles(layers: layers, of: try await repository(), limits: limits)
  }

  /// The layout that has it.
  func repository() async throws -> ImageRepository {
    ImageRepository("", of: try await OCILayout(layout.path, pool: pool))
  }

  /// Reads small files as text, in the form `path=content`.
  func read(
    _ directory: String, depth: ImageFiles.Depth = .all, limits: ArchiveLimits = ArchiveLimits()
  ) async throws -> (files: [String], summary: ImageFiles.Summary) {
    let (files, summary) = try await files(limits: limits).collect(
      WantedFiles(under: directory, limit: 1 << 20), depth: depth, totalLimit: 1 << 24)
    return (files.map { "\($0.path)=\(String(decoding: $0.bytes, as: UTF8.self))" }, summary)
  }

  /// Reads files that cannot be read.
  func failure(
    _ directory: String = "configs", limits: ArchiveLimits = ArchiveLimits()
  ) async throws -> SealiftError {
    try #require(await #expect(throws: SealiftError.self) { try await self.read(directory, limits: limits) })
  }
}

extension TestImage: @unchecked Sendable {}
