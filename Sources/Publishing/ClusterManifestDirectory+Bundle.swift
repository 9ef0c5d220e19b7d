internal import BundleFormat
internal import ClusterManifests
internal import Content
internal import Diagnostics
internal import OCI
internal import SystemIO

extension ClusterManifestDirectory {
  // A PEM file with all authorities that a system trusts has a third of that.
  private static let maximumCertificates = 1 << 20

  /// What a bundle brings for clusters.
  ///
  /// - Parameters:
  ///   - index: The index of the bundle, whose head lies in `store`.
  ///   - options: What is wanted for the cluster; `nil` if no manifests are.
  ///   - profile: The profile that it is unpacked for, which `index` has.
  init(
    _ index: BundleIndex, _ store: MetadataStore, _ target: MirrorTarget, _ options: ClusterManifestOptions?,
    _ unpacking: UnpackOptions, profile: String?
  ) throws(SealiftError) {
    self.init(
      templates: try Self.templates(index, store, profile: profile, isFlattened: unpacking.maxNestedPaths != nil),
      images: index.images.flatMap(\.mappings), releases: try index.carriedReleases(store),
      charts: index.images.compactMap(\.chart),
      packages: Set(index.catalogs.flatMap { $0.packages.map(\.name) }).sorted(),
      cluster: TargetCluster(
        target: target, api: try options?.api() ?? MirrorAPI(for: nil), version: try options?.version(),
        certificateAuthority: try Self.certificates(unpacking.registry.caFile),
        isInsecure: !unpacking.registry.verifiesTLS, profile: profile))
  }

  /// The templates of the bundle for one profile; where the target joins components of paths, its mirror sets are made
  /// anew, because a namespace at the source is then none at the target.
  private static func templates(
    _ index: BundleIndex, _ store: MetadataStore, profile: String?, isFlattened: Bool
  ) throws(SealiftError) -> [ClusterManifest] {
    let carried = Dictionary(index.carriedObjects.map { ($0.path, $0) }) { first, _ in first }
    var templates: [ClusterManifest] = []
    for file in index.templateFiles where carried[file.path]?.applies(to: profile) ?? true {
      // A proven head has nothing else there.
      templates.append(
        try ClusterManifest(store.required(file.digest), source: file.path, isForeign: carried[file.path] != nil))
    }
    guard isFlattened else { return templates }
    let images = index.mirroredImages
    let replaced = Set(MirrorSets.templates(images).map(\.path))
    return templates.filter { !replaced.contains($0.path) } + MirrorSets.templates(images, repositoryScope: true)
  }

  /// The certificates of a PEM file, and nothing else that it may hold.
  private static func certificates(_ path: String?) throws(SealiftError) -> String? {
    guard let path else { return nil }
    let text = String(decoding: try FileSystem.read(path, limit: maximumCertificates), as: UTF8.self)
    var lines: [Substring] = []
    var isInside = false
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("-----BEGIN CERTIFICATE-----") { isInside = true }
      if isInside { lines.append(line) }
      if line.hasPrefix("-----END CERTIFICATE-----") { isInside = false }
    }
    guard !lines.isEmpty, !isInside else {
      throw SealiftError(
        .configuration, "\(path) holds no certificate in PEM form",
        nextStep: "name the certificate of the registry's authority with --dest-ca")
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

extension BundleIndex.Image {
  /// The Helm chart that it is, if it is one.
  fileprivate var chart: CarriedChart? {
    guard case .chart(let title) = reason else { return nil }
    return CarriedChart(title: title, destination: destination)
  }

  /// Where each name of it is.
  fileprivate var mappings: [ClusterManifestDirectory.Mapping] {
    names.map { name in
      ClusterManifestDirectory.Mapping(
        source: name.source, destination: destination, tags: name.tags, digest: manifest.digest,
        isAtRegistry: ImageReference(source: name.source) != nil)
    }
  }
}

extension MirrorTarget {
  /// A registry as objects name it.
  init(_ host: String, _ address: TargetAddress, _ unpacking: UnpackOptions) {
    let limit = unpacking.maxNestedPaths
    self.init(registry: host) { address.repository(for: $0, maxNestedPaths: limit) }
  }
}

extension ClusterManifestOptions {
  fileprivate func version() throws(SealiftError) -> ClusterVersion? {
    try clusterVersion.map { text throws(SealiftError) in try ClusterVersion(text) }
  }

  fileprivate func api() throws(SealiftError) -> MirrorAPI {
    guard let mirrorAPI else { return MirrorAPI(for: try version()) }
    guard let api = MirrorAPI(rawValue: mirrorAPI) else {
      throw SealiftError(
        .usage, "'\(mirrorAPI)' is no API for mirrors",
        nextStep: "write one of \(ClusterManifestOptions.mirrorAPIs.joined(separator: ", "))")
    }
    return api
  }
}

extension ClusterManifestOptions {
  /// The values of `mirrorAPI`.
  public static let mirrorAPIs = MirrorAPI.allCases.map(\.rawValue)
}
