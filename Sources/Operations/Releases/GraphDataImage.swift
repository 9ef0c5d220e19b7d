internal import Diagnostics
internal import Digests
internal import Layers
internal import OCI
internal import SystemIO

/// The image from which an update service behind the gap takes its graph data.
///
/// The same files on the same base give the same image. It is made for every platform of the base.
///
/// Source: OpenShift's documentation, "Creating an OpenShift Update Service graph data container image".
struct GraphDataImage: Sendable {
  /// The base if none is named.
  static let defaultBase = "registry.access.redhat.com/ubi9/ubi:latest"

  private static let directory = "var/lib/cincinnati-graph-data"
  private static let command = [
    "/bin/bash", "-c", "exec cp -rp /\(directory)/* /var/lib/cincinnati/graph-data",
  ]

  /// The base that it was built on, by digest: there are its layers, but for the last one.
  let base: ImageReference
  /// Its manifests and configs.
  let image: BuiltImage
  /// The one layer that is new.
  let layer: WrittenLayer
  /// The bytes of that layer.
  let layerFile: File

  /// Builds the image.
  ///
  /// - Parameters:
  ///   - data: The files.
  ///   - base: The image that it is built on.
  ///   - source: The registry of the base.
  ///   - directory: Where the bytes of temporary files lie.
  ///   - pool: Threads that write.
  /// - Throws: `notFound` and `protocol` for a base that is not there or no image; what the source throws; `storage`.
  static func build(
    _ data: GraphData, on base: ImageReference, of source: any ImageSource, directory: String, pool: BlockingPool
  ) async throws -> GraphDataImage {
    guard let root = try await source.manifest(base.manifest, in: base.repository) else {
      throw SealiftError(
        .notFound, "the base image \(base) of the graph data does not exist",
        nextStep: "name another with --graph-base-image")
    }
    let (layer, layerFile) = try await pool.run { try write(data, in: directory) }
    let change = ImageChange(layers: [.init(layer, createdBy: "sealift: graph data")], command: command)
    let image = try await ImageBuilder(change).build(on: root.descriptor) { descriptor in
      if descriptor.digest == root.descriptor.digest { return root.bytes }
      return try await document(descriptor, of: source, base)
    }
    let pinned = try ImageReference(
      registry: base.registry, repository: base.repository, tag: nil, digest: root.descriptor.digest)
    return GraphDataImage(base: pinned, image: image, layer: layer, layerFile: layerFile)
  }

  private static func write(_ data: GraphData, in directory: String) throws -> (WrittenLayer, File) {
    let file = try File.anonymous(in: directory)
    let entries = data.entries.map { LayerEntry("\(Self.directory)/\($0.path)", $0.content) }
    return (try LayerWriter.write(entries) { try file.write($0) }, file)
  }

  private static func document(
    _ descriptor: Descriptor, of source: any ImageSource, _ base: ImageReference
  ) async throws -> [UInt8] {
    if descriptor.mediaType.isManifest {
      guard let manifest = try await source.manifest(.digest(descriptor.digest), in: base.repository) else {
        throw SealiftError(
          .notFound, "\(base) names \(descriptor.digest), which its registry does not have",
          nextStep: "name another image with --graph-base-image")
      }
      return manifest.bytes
    }
    guard descriptor.isSmallMetadata else {
      throw SealiftError(
        .protocol, "\(base) has a config of \(descriptor.size.asBytes)",
        nextStep: "name another image with --graph-base-image")
    }
    let collected = Collected(limit: descriptor.size)
    try await source.blob(descriptor, in: base.repository, from: 0) { try collected.append($0) }
    return collected.bytes
  }
}
