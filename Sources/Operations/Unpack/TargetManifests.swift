internal import BundleFormat
internal import ClusterManifests
internal import Diagnostics
internal import OCI
internal import SystemIO

/// The cluster manifests of a bundle, filled in for one target.
///
/// Source: `formats/manifests.md`, "The directory".
struct TargetManifests: Sendable {
  /// The directory that they are written into.
  let directory: String
  private let files: [ManifestDirectory.OutputFile]

  // A PEM file with all authorities that a system trusts has a third of that.
  private static let maximumCertificates = 1 << 20

  /// - Parameters:
  ///   - index: The index of the bundle, whose head lies in `store`.
  ///   - address: Where the bundle is unpacked.
  ///   - profile: The profile that it is unpacked for, which `index` has.
  /// - Throws: `usage` for a target that no cluster can pull from, `corrupt` for a template that is none, and whatever
  ///   else `ManifestDirectory` refuses.
  init(
    _ index: BundleIndex, _ store: MetadataStore, _ address: TargetAddress, _ options: ManifestOptions,
    _ unpacking: UnpackOptions, profile: String?
  ) throws(SealiftError) {
    guard case .registry(let host, _) = address else {
      throw SealiftError(
        .usage, "\(unpacking.target ?? "a directory") has no host that the manifests could name",
        nextStep: "run `sealift unpack BUNDLE REGISTRY[:PORT][/PREFIX] --manifests DIR --manifests-only` with the "
          + "registry that its content goes to")
    }
    directory = options.directory
    let limit = unpacking.maxNestedPaths
    var contents = ManifestDirectory(
      templates: try Self.templates(index, store, profile: profile, isFlattened: limit != nil),
      images: index.images.map { image in
        .init(
          source: image.source, destination: image.destination, tags: image.tags, digest: image.manifest.digest)
      },
      releases: try index.carriedReleases(store),
      target: MirrorTarget(registry: host) { address.repository(for: $0, maxNestedPaths: limit) },
      api: try options.api(), clusterVersion: try options.version(),
      certificateAuthority: try Self.certificates(unpacking.registry.caFile), profile: profile)
    contents.isInsecure = !unpacking.registry.verifiesTLS
    contents.charts = index.images.compactMap { image in
      guard case .chart(let title) = ImageReason(image.reason) else { return nil }
      return CarriedChart(title: title, destination: image.destination)
    }
    files = try contents.files()
  }

  /// What is written, or would be.
  var listing: WrittenManifests { WrittenManifests(directory: directory, files: files.map(\.path)) }

  /// What this run has written, in the order in which it can be applied; not what else lies in the directory.
  var inputs: [Apply.Input] {
    ApplyOrder.sorted(files.map(\.path)).map { Apply.Input(name: $0, path: "\(directory)/\($0)") }
  }

  /// Makes the directory, so that one that cannot be made is known before anything is sent.
  func prepare() throws(SealiftError) { try FileSystem.makeDirectory(directory) }

  /// Writes each file so that its name shows the old content or the new; nothing is removed, but what `apply -R` would
  /// take too, although this run has not written it, is named.
  func write(_ reporter: any Reporter) throws(SealiftError) {
    for file in files {
      let path = "\(directory)/\(file.path)"
      try FileSystem.makeDirectory(FileSystem.parent(of: path))
      try FileSystem.write(file.bytes, to: path)
    }
    let written = Set(files.map(\.path))
    let others = try Self.objects(in: directory).filter { !written.contains($0) }
    guard let first = others.first else { return }
    reporter.report(
      .note(
        "\(directory) holds \(others.count) files more that `oc apply -R` takes, and that this run has not written: "
          + "\(first)\(others.count > 1 ? " and others" : "")"))
  }

  /// Lets a tool say what it would apply, with the files in a directory of their own that is gone afterwards.
  func pretend(_ apply: Apply, in parent: String) throws(SealiftError) -> [AppliedManifest] {
    let place = try PrivateDirectory(in: parent)
    let inputs = inputs.map { input in
      Apply.Input(name: input.name, path: "\(place.path)/\(input.name.replacing("/", with: "-"))")
    }
    let contents = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.bytes) })
    for input in inputs { try FileSystem.write(contents[input.name] ?? [], to: input.path) }
    return try apply.run(inputs)
  }

  /// The files that `apply -R` takes, as deep as this program writes them.
  private static func objects(in directory: String) throws(SealiftError) -> [String] {
    var found: [String] = []
    for name in try FileSystem.list(directory) {
      if FileSystem.isDirectory("\(directory)/\(name)") {
        found += try FileSystem.list("\(directory)/\(name)").map { "\(name)/\($0)" }
      } else {
        found.append(name)
      }
    }
    return found.filter(Apply.takes)
  }

  /// The templates of the bundle for one profile; where the target joins components of paths, its mirror sets are made anew, because a
  /// namespace at the source is then none at the target.
  private static func templates(
    _ index: BundleIndex, _ store: MetadataStore, profile: String?, isFlattened: Bool
  ) throws(SealiftError) -> [ManifestFile] {
    let carried = Dictionary(index.manifests.map { ($0.path, $0) }) { first, _ in first }
    var templates: [ManifestFile] = []
    for file in index.manifestFiles where carried[file.path]?.applies(to: profile) ?? true {
      let template = try ManifestFile(
        store.required(file.digest), source: file.path, isForeign: carried[file.path] != nil)
      guard BundleIndex.HeadFile.configurationPrefix + template.path == file.path else {
        throw SealiftError(
          .corrupt, "\(file.path) holds the object \(template.path)", nextStep: "pack the bundle again")
      }
      templates.append(template)
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

extension ManifestOptions {
  fileprivate func version() throws(SealiftError) -> ClusterVersion? {
    try clusterVersion.map { text throws(SealiftError) in try ClusterVersion(text) }
  }

  fileprivate func api() throws(SealiftError) -> MirrorAPI {
    guard let mirrorAPI else { return MirrorAPI(for: try version()) }
    guard let api = MirrorAPI(rawValue: mirrorAPI) else {
      throw SealiftError(
        .usage, "'\(mirrorAPI)' is no API for mirrors",
        nextStep: "write one of \(ManifestOptions.mirrorAPIs.joined(separator: ", "))")
    }
    return api
  }
}

extension ManifestOptions {
  /// The values of `mirrorAPI`.
  public static let mirrorAPIs = MirrorAPI.allCases.map(\.rawValue)
}
