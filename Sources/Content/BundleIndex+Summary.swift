public import BundleFormat
internal import Digests
internal import OCI

extension BundleIndex {
  /// How many files it carries that no image needs, and their bytes.
  public var carriedFileTotals: (count: Int, bytes: Int) {
    guard !carriedFiles.isEmpty else { return (0, 0) }
    let all = metadata + blobs.map(\.descriptor)
    let sizes = Dictionary(all.map { ($0.digest, $0.size) }) { first, _ in first }
    return (carriedFiles.count, carriedFiles.reduce(0) { $0 + (sizes[$1.digest] ?? 0) })
  }

  /// The bytes of all blobs, each once.
  public var blobBytes: Int { metadata.reduce(0) { $0 + $1.size } + bytesBehindHead }

  /// The bytes of the blobs that lie behind the head.
  public var bytesBehindHead: Int { blobs.reduce(0) { $0 + $1.descriptor.size } }
}

extension BundleIndex.Image {
  /// Where the image goes, relative to the target: `path:tag` for each tag, or `path@digest`.
  public var destinations: [String] {
    tags.isEmpty ? ["\(destination)@\(manifest.digest)"] : tags.map { "\(destination):\($0)" }
  }
}

extension BundleIndex {
  /// The templates of cluster manifests.
  public var templateFiles: [HeadFile] { extraFiles.filter { $0.path.hasPrefix(HeadFile.configurationPrefix) } }

  /// The signatures of releases, and their keys.
  var signatureFiles: [HeadFile] { extraFiles.filter { $0.path.hasPrefix(HeadFile.signaturePrefix) } }
}

extension BundleIndex.HeadFile {
  /// For a cluster manifest: the kind of object, as its path says.
  public var kind: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// For a cluster manifest: the object's name, as its path says.
  var objectName: String {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
  }
}
