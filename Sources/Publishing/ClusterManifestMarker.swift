internal import Diagnostics
internal import Digests
internal import JSON
internal import SystemIO

/// What tells a directory of `unpack --manifests`, and which of its files are its own.
///
/// Source: `formats/manifests.md`, "The directory".
struct ClusterManifestMarker: Sendable, Equatable {
  /// The file, which `oc apply -R` passes over.
  static let path = "WRITTEN-BY-SEALIFT"
  private static let apiVersion = "sealift/manifests/v1"
  // A bundle has at most 4,096 manifests, and a line for each takes less than 300 bytes.
  private static let maximumBytes = 8 << 20

  /// The id of the bundle.
  let bundle: String
  /// When the bundle was planned.
  let created: String
  /// The digests that each file may have: two while it is written anew.
  var files: [String: Set<Digest>]

  init(bundle: String, created: String, files: [String: Set<Digest>]) {
    self.bundle = bundle
    self.created = created
    self.files = files
  }

  /// Reads the marker of a directory.
  ///
  /// - Returns: `nil` if there is none.
  /// - Throws: `usage` for one that is damaged.
  init?(of directory: String) throws(SealiftError) {
    let path = "\(directory)/\(Self.path)"
    guard try FileSystem.kind(of: path) == .file else { return nil }
    let document = try? JSONReader.value(FileSystem.read(path, limit: Self.maximumBytes), source: path)
    guard let document, document["apiVersion"]?.text == Self.apiVersion, let bundle = document["bundle"]?.text,
      let created = document["created"]?.text, let entries = document["files"]?.elements
    else {
      throw SealiftError(
        .usage, "\(path) is damaged, so it is not known which files are whose",
        nextStep: "name another directory with --manifests")
    }
    var files: [String: Set<Digest>] = [:]
    for entry in entries {
      guard let name = entry["path"]?.text, let digest = (entry["digest"]?.text).flatMap({ try? Digest($0) }) else {
        continue
      }
      files[name, default: []].insert(digest)
    }
    self.init(bundle: bundle, created: created, files: files)
  }

  /// The content of the file.
  var bytes: [UInt8] {
    let entries = files.flatMap { path, digests in digests.sorted().map { (path, $0) } }
    let sorted = entries.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    let value = JSONValue.object([
      .init("apiVersion", .string(Self.apiVersion)), .init("bundle", .string(bundle)),
      .init("created", .string(created)),
      .init(
        "files",
        .array(
          sorted.map { .object([.init("digest", .string($1.description)), .init("path", .string($0))]) })),
    ])
    return JSONWriter.bytes(of: value) + [UInt8(ascii: "\n")]
  }
}
