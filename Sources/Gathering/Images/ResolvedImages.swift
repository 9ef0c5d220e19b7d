internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// The images that were asked for, as far as they were found.
struct ResolvedImages {
  /// What became of one request.
  enum Result: Sendable {
    /// The image, then its signatures and other referrers.
    case found([BundleImage])
    /// The source does not have it, or does not give it.
    case missing(SealiftError)
  }

  /// The catalogs, as far as what they need was found.
  private(set) var catalogs: [GatheredCatalog]
  /// What is looked for: each image once.
  private(set) var requests: [ImageRequest] = []
  private var admitted: Set<RequestName> = []
  private var results: [RequestPlace: Result] = [:]

  init(_ catalogs: [GatheredCatalog]) { self.catalogs = catalogs }

  /// What the catalogs ask for.
  func catalogRequests() throws(SealiftError) -> [ImageRequest] {
    var requests: [ImageRequest] = []
    for catalog in catalogs { requests += try catalog.requests().images }
    return requests
  }

  /// Takes what is asked for and not blocked.
  mutating func admit(_ requests: [ImageRequest], _ selection: Selection) throws(SealiftError) {
    // Before they are merged: an image stays under a name that nothing blocks.
    let unblocked = try selection.unblocked(requests)
    admitted = Set(unblocked.map(\.fullName))
    self.requests = unblocked.merged
  }

  /// Takes what was found.
  mutating func take(_ results: [RequestPlace: Result]) { self.results = results }

  /// All images that were found, in the order of the requests.
  var all: [BundleImage] {
    let owners = tagOwners
    return requests.flatMap { request -> [BundleImage] in
      guard case .found(let images) = results[request.place], var image = images.first else { return [] }
      // The request may have changed since, where others for the same image went.
      image.source = request.source
      image.reason = request.reason
      image.also = request.also
      image.tags = request.tags
      if request.isPinned {
        let digest = image.manifest.digest
        image.tags = request.tags.filter { owners["\(request.destination):\($0)", default: digest] == digest }
        if image.tags.isEmpty { image.tags = [digest.tag] }
      }
      return [image] + images.dropFirst()
    }
  }

  /// The digest that each tag stands for. Clusters name a pinned image by digest: a tag that another one has, it leaves.
  private var tagOwners: [String: Digest] {
    var owners: [String: Digest] = [:]
    for request in requests.filter({ !$0.isPinned }) + requests.filter(\.isPinned) {
      guard case .found(let images) = results[request.place], let digest = images.first?.manifest.digest else {
        continue
      }
      for name in request.tags.map({ "\(request.destination):\($0)" }) where owners[name] == nil {
        owners[name] = digest
      }
    }
    return owners
  }

  /// The digest of an image that was asked for; `nil` if it is not packed.
  func digest(of request: ImageRequest) -> Digest? {
    guard case .found(let images) = results[request.place] else { return nil }
    return images.first?.manifest.digest
  }

  /// Adds what images of a directory turn out to be.
  ///
  /// - Parameter uses: What else asks for an image, by its digest and its name there.
  mutating func add(from path: String, _ uses: (Digest, String) -> [BundleIndex.Request]) {
    for place in requests.indices {
      guard case .mirror(path, _) = requests[place].origin, let digest = digest(of: requests[place]) else { continue }
      let known = requests[place].all
      requests[place].also += uses(digest, requests[place].source).filter { !known.contains($0) }
    }
  }

  /// The requests that were not met.
  var missing: [ImageRequest] {
    requests.filter { if case .missing = results[$0.place] { true } else { false } }
  }

  /// Whether bundles name what nobody can fetch.
  var hasUnusableReferences: Bool {
    get throws(SealiftError) {
      for catalog in catalogs where try !catalog.requests().unusable.isEmpty { return true }
      return false
    }
  }

  /// The error for the first of them.
  func unusableReference() throws(SealiftError) -> SealiftError? {
    for catalog in catalogs {
      guard let first = try catalog.requests().unusable.first else { continue }
      return SealiftError(
        .notFound, first.problem,
        nextStep: "ask for other versions, or pass --keep-going to leave the bundle out, or name the image under "
          + "blockedImages to keep the bundle without it")
    }
    return nil
  }

  /// Leaves out of the catalogs what cannot be had.
  ///
  /// - Returns: What is missing, and what is left out therefore: one sentence each.
  mutating func dropWhatIsMissing(
    releases: [ImageRequest], others: [ImageRequest]
  ) throws(SealiftError) -> [String] {
    var sentences: [String] = []
    for request in missing {
      guard case .missing(let error) = results[request.place] else { continue }
      sentences.append(error.problem.hasPrefix(request.name) ? error.problem : "\(request.name): \(error.problem)")
    }
    for catalog in catalogs { sentences += try catalog.requests().unusable.map(\.problem) }
    var dropping = try CatalogDropping(catalogs)
    try dropping.drop(Set(missing.map(\.place)))
    catalogs = dropping.catalogs
    requests = (releases + (try catalogRequests()) + others).filter { admitted.contains($0.fullName) }.merged
    return sentences + dropping.sentences
  }
}

extension ImageRequest {
  /// Whether it is an image that an operator, a manifest or a chart names by digest.
  fileprivate var isPinned: Bool {
    switch (reason, reference) {
    case (.operatorBundle, .digest), (.operatorBundleImage, .digest), (.clusterManifestImage, .digest),
      (.chartImage, .digest):
      true
    default: false
    }
  }

  /// Whether the rest may be packed without it: a release is whole, and so is a catalog.
  var canBeMissing: Bool {
    switch reason {
    case .requested, .operatorBundle, .operatorBundleImage, .clusterManifestImage, .chartImage: true
    case .release, .component, .graphData, .catalog, .chart, .referrer: false
    }
  }

  /// An error about it that says how to go on without it.
  func mayBeLeftOut(_ error: SealiftError) -> SealiftError {
    error.reworded(nextStep: "\(error.nextStep), or pass --keep-going to leave out what needs it")
  }
}
