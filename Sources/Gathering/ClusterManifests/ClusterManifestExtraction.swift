internal import ClusterManifests
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import Layers
internal import OCI
internal import SystemIO
internal import YAML

/// Lifts cluster manifests out of images, of which they are files.
struct ClusterManifestExtraction: Sendable {
  let sources: SourceSet
  let reporter: any Reporter

  // What YAML is read of; a file that is larger is refused by its entry in the layer, before memory is taken.
  private static let maximumFileBytes = YAMLReader.maxBytes
  // Room for the manifests of the largest operators, several times over.
  private static let maximumTotalBytes = 64 << 20

  /// Reads the files and finds the images that they name.
  func run(_ requests: [ExtractRequest]) async throws -> LiftedObjects {
    var lifted = LiftedObjects()
    guard !requests.isEmpty else { return lifted }
    reporter.report(.phase(.resolve, bytes: 0, items: requests.count))
    for request in requests {
      let (digest, files) = try await files(of: request)
      try lifted.add(request, digest: digest, files)
      reporter.report(.finished(item: "\(request.image)", outcome: .moved))
    }
    return lifted
  }

  /// - Returns: The digest of the image, and its wanted files in the order of the configuration.
  private func files(of request: ExtractRequest) async throws -> (Digest, [(path: String, bytes: [UInt8])]) {
    let reference = request.image
    let repository = try await sources.repository(of: reference)
    guard let root = try await repository.manifest(reference.manifest) else {
      throw request.error(.notFound, "\(reference) does not exist", "check its name and tag, and that you may pull it")
    }
    let layers = try await repository.image(of: root, of: "\(reference)").layers
    let image = ImageFiles(layers: layers, of: repository)
    let wanted = WantedFiles(files: request.paths, limit: Self.maximumFileBytes)
    do {
      let (files, summary) = try await image.collect(wanted, totalLimit: Self.maximumTotalBytes)
      if let link = summary.links.first { throw Self.linked(link) }
      let bytes = Dictionary(files.map { ("/" + $0.path, $0.bytes) }) { first, _ in first }
      var ordered: [(path: String, bytes: [UInt8])] = []
      for path in request.paths {
        guard let bytes = bytes[path] else { throw await absent(path, image) }
        ordered.append((path, bytes))
      }
      return (root.descriptor.digest, ordered)
    } catch let error as SealiftError {
      throw error.about("\(request.position.description): \(reference)")
    }
  }

  private static func linked(_ link: ImageLink) -> SealiftError {
    SealiftError(
      .configuration, "/\(link.path) is a symbolic link to '\(link.target.prefix(200))', and links are not followed",
      nextStep: "name the path of the file itself")
  }

  /// The error for a path where no file is, with what there is: for that all layers are read once more.
  private func absent(_ path: String, _ image: ImageFiles) async -> SealiftError {
    let names = Monitor(NearbyNames(of: String(path.dropFirst())))
    // What cannot be listed is no worse than a name without a hint.
    _ = try? await image.read(WantedFiles(under: "", limit: .max)) { file in
      names.withLock { $0.add(file.path) }
    }
    let (problem, hint) = names.withLock { ($0.isDirectory ? "is a directory" : "does not exist in it", $0.hint) }
    return SealiftError(
      .configuration, "\(path) \(problem)\(hint.map { "; \($0)" } ?? "")", nextStep: "name the path of a file")
  }
}

extension ExtractRequest {
  /// An error that begins with its place in the configuration.
  func error(_ code: SealiftError.Code, _ problem: String, _ nextStep: String) -> SealiftError {
    SealiftError(code, "\(position.description): \(problem)", nextStep: nextStep)
  }
}

/// The names of an image that a user may have meant by a path that is none.
private struct NearbyNames {
  private let wanted: String
  private let directory: String
  private let name: String
  private var siblings: [String] = []
  private var namesakes: [String] = []
  /// Whether files lie in it.
  private(set) var isDirectory = false

  // Of more nobody reads.
  private static let maximumKept = 200
  private static let maximumShown = 5

  init(of path: String) {
    wanted = path
    directory = FileSystem.parent(of: "/\(path)")
    name = FileSystem.name(of: path)
  }

  mutating func add(_ path: String) {
    if path.hasPrefix(wanted + "/") { isDirectory = true }
    if FileSystem.name(of: path) == name {
      if namesakes.count < Self.maximumKept { namesakes.append("/" + path) }
    } else if FileSystem.parent(of: "/\(path)") == directory || path.hasPrefix(wanted + "/") {
      if siblings.count < Self.maximumKept { siblings.append("/" + path) }
    }
  }

  /// What there is, as a clause.
  var hint: String? {
    if let namesake = namesakes.min() { return "there is \(namesake)" }
    if let near = nearestName(to: "/\(wanted)", in: siblings.sorted()) { return "there is \(near)" }
    guard !siblings.isEmpty else { return nil }
    return "beside it are \(siblings.sorted().prefix(Self.maximumShown).joined(separator: ", "))"
  }
}
