internal import CatalogImages
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
  ///   - repository: That of the base.
  ///   - directory: Where the bytes of temporary files lie.
  ///   - pool: Threads that write.
  /// - Throws: `notFound` and `protocol` for a base that is not there or no image; what the source throws; `storage`.
  static func build(
    _ data: GraphData, on base: ImageReference, in repository: ImageRepository, directory: String, pool: BlockingPool
  ) async throws -> GraphDataImage {
    let found = try await BaseImage.found(base, in: repository, for: "the graph data", option: "--graph-base-image")
    let assembly = ImageAssembly(directory: directory, pool: pool)
    let made = try await assembly.layer(data.entries.map { LayerEntry("\(Self.directory)/\($0.path)", $0.content) })
    let change = ImageChange(layers: [.init(made.layer, createdBy: "sealift: graph data")], command: command)
    let image = try await assembly.build(change, on: found)
    let pinned = try ImageReference(
      registry: base.registry, repository: base.repository, tag: nil, digest: found.root.descriptor.digest)
    return GraphDataImage(base: pinned, image: image, layer: made.layer, layerFile: made.file)
  }
}
