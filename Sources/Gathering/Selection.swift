internal import BundleFormat
public import Configuration
internal import Content
public import Diagnostics
public import Digests
internal import OCI
internal import SystemIO
internal import YAML

/// What the configuration file and the command line ask for.
public struct Selection: Sendable {
  /// The digest of the configuration file's bytes.
  public let configurationDigest: Digest?
  /// The digests of the files that the configuration names and that decide what is packed, by their paths.
  public let templates: [String: Digest]
  /// The manifests that lie on this machine.
  public let localClusterManifests: LocalClusterManifests
  /// The charts that lie on this machine.
  public let localCharts: LocalCharts
  private let configuration: ImageSetConfiguration?
  private let images: [String]
  private let reporter: any Reporter

  /// - Parameters:
  ///   - options: The command line.
  ///   - reporter: Takes the notes on the configuration.
  /// - Throws: `configuration`, with all faults that were found.
  public init(_ options: PackOptions, _ reporter: any Reporter) throws(SealiftError) {
    self.reporter = reporter
    images = options.images
    guard let path = options.configuration else {
      configuration = nil
      configurationDigest = nil
      templates = [:]
      localClusterManifests = try LocalClusterManifests([])
      localCharts = try LocalCharts([])
      guard !images.isEmpty else { throw Self.nothing("neither a configuration file nor an image was named") }
      return
    }
    let bytes = try FileSystem.read(path, limit: ImageSetConfiguration.maxBytes)
    let configuration = try ImageSetConfiguration(bytes, source: path)
    for note in configuration.notes { reporter.report(note.event) }
    self.configuration = configuration
    var templates: [String: Digest] = [:]
    for path in configuration.operators.compactMap(\.template) {
      templates[path] = SHA256Hasher.digest(of: try FileSystem.read(path, limit: OperatorRequest.maximumTemplateBytes))
    }
    self.templates = templates
    localClusterManifests = try LocalClusterManifests(configuration.clusterManifests)
    localCharts = try LocalCharts(configuration.helm?.local ?? [])
    configurationDigest = SHA256Hasher.digest(of: bytes)
    guard
      !configuration.additionalImages.isEmpty || !images.isEmpty || platform != nil || !configuration.operators.isEmpty
        || !configuration.clusterManifests.isEmpty || !configuration.extract.isEmpty
        || !configuration.files.isEmpty || charts != nil
    else {
      throw Self.nothing("\(path) asks for nothing")
    }
  }

  /// The releases that are asked for.
  var platform: PlatformRequest? { configuration?.platform.flatMap { $0.asksForNothing ? nil : $0 } }

  /// The operator catalogs that are asked for.
  var operators: [OperatorRequest] { configuration?.operators ?? [] }

  /// The Helm charts that are asked for.
  public var charts: HelmRequest? { configuration?.helm.flatMap { $0.asksForNothing ? nil : $0 } }

  /// The cluster manifests that are asked for.
  public var clusterManifests: [ClusterManifestRequest] { configuration?.clusterManifests ?? [] }

  /// The manifests that are asked for and lie in images.
  var extract: [ExtractRequest] { configuration?.extract ?? [] }

  /// The files that are asked for.
  public var files: [FileRequest] { configuration?.files ?? [] }

  /// The size of a volume that the configuration asks for, if any.
  public var volumeBytes: Int? { configuration?.archiveBytes }

  /// One request for each image that is named by itself, those of the configuration first.
  func requests(_ sources: SourceSet) async throws -> [ImageRequest] {
    var requests: [ImageRequest] = []
    for image in configuration?.additionalImages ?? [] { requests += try await self.requests(image, sources) }
    for text in images { requests += try await self.requests(text, sources) }
    return requests
  }

  /// Those of the requests that nothing blocks; the others are named.
  ///
  /// - Throws: `configuration` if a catalog or the payload of a release is blocked.
  func unblocked(_ requests: [ImageRequest]) throws(SealiftError) -> [ImageRequest] {
    var unblocked: [ImageRequest] = []
    // Bundles and releases name the same images again and again: each is matched once, and told once.
    var known: [RequestName: Bool] = [:]
    for request in requests {
      // A chart is no image, wherever it lies; its images are blocked one by one.
      if case .chart = request.reason {
        unblocked.append(request)
        continue
      }
      if known[request.fullName] == nil { known[request.fullName] = try isBlocked(request) }
      if known[request.fullName] == false { unblocked.append(request) }
    }
    return unblocked
  }

  private func requests(_ image: AdditionalImage, _ sources: SourceSet) async throws -> [ImageRequest] {
    try await wholeRequests(image, sources).map { request in
      var request = request
      request.platforms = WantedPlatforms(image.platforms)
      return request
    }
  }

  private func wholeRequests(_ image: AdditionalImage, _ sources: SourceSet) async throws -> [ImageRequest] {
    switch image.origin {
    case .registry(let reference):
      return [
        ImageRequest(
          reference, source: reference.description, repository: image.targetRepository, tag: image.targetTag)
      ]
    case .layout(let layout):
      let address = try OCILayoutAddress(OCILayoutAddress.prefix + layout)
      return try renamed(try await requests(layout: address, sources), image, "\(address)", one: "\(address):NAME")
    case .mirror(let address):
      let one = "file://\(address.path)//REPOSITORY:TAG"
      return try renamed(try await requests(mirror: address, sources), image, "\(address)", one: one)
    }
  }

  /// Requests with the names that the configuration gives.
  ///
  /// - Parameter one: How to name one image of `address`.
  private func renamed(
    _ requests: [ImageRequest], _ image: AdditionalImage, _ address: String, one: String
  ) throws(SealiftError) -> [ImageRequest] {
    if image.targetTag != nil, requests.count > 1 {
      throw SealiftError(
        .configuration, "\(image.position): targetTag names one image, and \(address) has \(requests.count)",
        nextStep: "name one image of it: \(one)")
    }
    return requests.map { request in
      var request = request
      if let repository = image.targetRepository { request.destination = repository }
      if let tag = image.targetTag { request.tags = [tag] }
      return request
    }
  }

  private func requests(_ text: String, _ sources: SourceSet) async throws -> [ImageRequest] {
    if text.hasPrefix(OCILayoutAddress.prefix) { return try await requests(layout: OCILayoutAddress(text), sources) }
    if text.hasPrefix(MirrorDirectoryAddress.prefix) {
      return try await requests(mirror: MirrorDirectoryAddress(text), sources)
    }
    return [ImageRequest(try ImageReference(text), source: text)]
  }

  private func requests(layout address: OCILayoutAddress, _ sources: SourceSet) async throws -> [ImageRequest] {
    try await sources.layout(address.path).images(named: address.name).map { descriptor in
      let name = descriptor.referenceName
      let (repository, tag) = try Self.destination(of: name ?? descriptor.digest.tag, in: address.path)
      let origin = ImageOrigin.layout(path: address.path)
      let source =
        name.map { "\(OCILayoutAddress.prefix)\(address.path):\($0)" } ?? origin.source(of: descriptor.digest)
      return ImageRequest(
        layout: address.path, descriptor, source: source, destination: repository, tag: tag)
    }
  }

  private func requests(mirror address: MirrorDirectoryAddress, _ sources: SourceSet) async throws -> [ImageRequest] {
    try await sources.mirror(address.path).images(address.repository, address.selector).map {
      ImageRequest(mirror: address.path, $0)
    }
  }

  /// Where an image of a layout goes: to its own name if that has a path, else to the directory's.
  private static func destination(of name: String, in path: String) throws(SealiftError) -> (String, String) {
    let colon = name.lastIndex(of: ":")
    let (repository, tag) =
      colon.map { (String(name[..<$0]), String(name[name.index(after: $0)...])) }
      ?? (FileSystem.name(of: FileSystem.withoutTrailingSlashes(path)), name)
    guard ImageReference.isRepository(repository), ImageReference.isTag(tag) else {
      throw SealiftError(
        .usage, "'\(name)' in oci:\(path) would become '\(repository):\(tag)', which is no name in a registry",
        nextStep: "rename the directory or the image in lower case, or use a configuration file with targetRepo and "
          + "targetTag")
    }
    return (repository, tag)
  }

  private func isBlocked(_ request: ImageRequest) throws(SealiftError) -> Bool {
    let destination = "\(request.destination):\(request.tags.joined())"
    guard let rule = try configuration?.blockedImages.rule(blocking: request.source, destination: destination) else {
      return false
    }
    if case .release = request.reason {
      throw SealiftError(
        .configuration, "line \(rule.line) of blockedImages blocks \(request.name), which is asked for too",
        nextStep: "let the pattern '\(rule.pattern)' name less, or take the release out of mirror.platform")
    }
    reporter.report(.note("\(request.name) is left out: line \(rule.line) blocks '\(rule.pattern)'"))
    return true
  }

  /// What bundles of a catalog name that nobody can fetch and that is blocked, so that the bundles stay without it.
  func blockedReferences(of catalog: GatheredCatalog) throws(SealiftError) -> Set<String> {
    guard let rules = configuration?.blockedImages, !rules.isEmpty else { return [] }
    var blocked: Set<String> = []
    for image in try catalog.requests().unusable.compactMap(\.image) where !blocked.contains(image) {
      guard let rule = try rules.rule(blocking: image, destination: image) else { continue }
      blocked.insert(image)
      reporter.report(
        .note(
          "'\(image)' of \(catalog.name), which is no reference that can be fetched, is left out: line "
            + "\(rule.line) blocks '\(rule.pattern)'; newer versions of opm do not serve a catalog that has it"))
    }
    return blocked
  }

  /// Refuses to block a catalog that is asked for, whether its own image is packed or one that is made of it.
  ///
  /// - Throws: `configuration`.
  func requireUnblocked(_ catalog: GatheredCatalog) throws(SealiftError) {
    let destination = "\(try catalog.destination()):\(catalog.version)"
    guard let rule = try configuration?.blockedImages.rule(blocking: catalog.name, destination: destination) else {
      return
    }
    throw SealiftError(
      .configuration, "line \(rule.line) blocks the catalog \(catalog.name), which is asked for too",
      nextStep: "remove the pattern '\(rule.pattern)', or the catalog")
  }

  private static func nothing(_ problem: String) -> SealiftError {
    SealiftError(
      .usage, "there is nothing to pack: \(problem)", nextStep: "pass -c FILE, or --image REF for each image")
  }
}
