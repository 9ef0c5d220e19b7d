internal import BundleFormat
internal import ClusterManifests
internal import Diagnostics
internal import SystemIO

/// The cluster manifests of a bundle, filled in for one target.
///
/// Source: `formats/manifests.md`, "The directory".
struct TargetManifests: Sendable {
  /// The directory that they are written into.
  let directory: String
  /// What to tell of the releases.
  let instructions: MirrorInstructions?
  private let files: [ManifestDirectory.OutputFile]

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
    let contents = try ManifestDirectory(
      index, store, MirrorTarget(host, address, unpacking), options, unpacking, profile: profile)
    files = try contents.files()
    instructions = try contents.instructions()
  }

  /// What is written, or would be.
  var listing: WrittenManifests { WrittenManifests(directory: directory, files: files.map(\.path)) }

  /// What this run has written, in the order in which it can be applied; not what else lies in the directory.
  var inputs: [Apply.Input] {
    ApplyOrder.sorted(files.map(\.path)).map { Apply.Input(name: $0, path: "\(directory)/\($0)") }
  }

  /// Makes the directories, so that one that cannot be made is known before anything is sent.
  ///
  /// - Throws: `storage` where a symbolic link stands for one of a kind: it would lead out of the directory.
  func prepare() throws(SealiftError) {
    try FileSystem.makeDirectory(directory)
    for kind in Set(files.map { FileSystem.parent(of: $0.path) }).subtracting(["."]).sorted() {
      let path = "\(directory)/\(kind)"
      guard try FileSystem.kind(of: path) != .link else {
        throw SealiftError(
          .storage, "\(path) is a symbolic link, and manifests are to be written there",
          nextStep: "remove it, or name another directory with --manifests")
      }
      try FileSystem.makeDirectory(path)
    }
  }

  /// Writes each file so that its name shows the old content or the new; nothing is removed, but what `apply -R` would
  /// take too, although this run has not written it, is named.
  func write(_ reporter: any Reporter) throws(SealiftError) {
    for file in files {
      try FileSystem.write(file.bytes, to: "\(directory)/\(file.path)")
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
}
