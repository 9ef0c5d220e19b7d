internal import Diagnostics
internal import Digests
internal import SystemIO

/// One repository of a mirror directory, `DIR/v2/<path>`. Its calls block.
///
/// `blobs/` has all bytes, those of manifests too, as `sha256:<hex>`; `manifests/` has each manifest once more under the
/// same name, and for each tag a link to one beside it. On Windows, where a name has no colon, it is `sha256-<hex>`.
/// Where links were lost in copying, a tag is a copy of the manifest.
struct MirrorRepository: Sendable {
  /// The path of the repository below `v2`.
  let name: String
  let directory: String
  private let root: String

  var blobs: String { "\(directory)/blobs" }
  var manifests: String { "\(directory)/manifests" }

  /// - Throws: `usage` for what is no repository's path, such as one that leads out of the directory.
  init(_ name: String, in root: String) throws(SealiftError) {
    guard ImageReference.isRepository(name) else {
      throw SealiftError(
        .usage, "'\(name)' in \(root) is no name of a repository",
        nextStep: "rename its directory in lower case, or move it away")
    }
    self.name = name
    self.root = root
    directory = "\(root)/v2/\(name)"
  }

  /// Where a blob is written.
  func path(of digest: Digest) -> String { "\(blobs)/\(digest)" }

  /// Where a manifest is written, beside its blob.
  func manifestPath(of digest: Digest) -> String { "\(manifests)/\(digest)" }

  /// The file that holds a blob, under whichever of its names is there.
  func blob(_ digest: Digest) throws(SealiftError) -> BlobFile {
    let path = path(of: digest)
    if try FileSystem.kind(of: path) != nil { return BlobFile(path) }
    let other = "\(blobs)/\(digest.tag)"
    return BlobFile(try FileSystem.kind(of: other) != nil ? other : path)
  }

  /// Reads a manifest and checks its digest.
  ///
  /// - Returns: `nil` if it is not there.
  func manifest(_ digest: Digest) throws(SealiftError) -> FetchedManifest? {
    if let manifest = try BlobFile(manifestPath(of: digest)).manifest(digest, mediaType: nil) { return manifest }
    return try blob(digest).manifest(digest, mediaType: nil)
  }

  /// Reads what a tag stands for.
  ///
  /// - Returns: `nil` if there is no such tag.
  /// - Throws: `corrupt` if it leads to nothing, out of the repository, or to other bytes than it says.
  func manifest(tag: String) throws(SealiftError) -> FetchedManifest? {
    guard ImageReference.isTag(tag) else { return nil }
    let path = "\(manifests)/\(tag)"
    guard try FileSystem.kind(of: path) == .link else { return try BlobFile(path).manifest(nil, mediaType: nil) }
    guard let manifest = try manifest(linkedDigest(path)) else {
      throw SealiftError(
        .corrupt, "\(path) is a link to a manifest that is not there", nextStep: "mirror the image again")
    }
    return manifest
  }

  /// The digest that a tag stands for; only that of a copy is proven.
  func digest(of tag: String) throws(SealiftError) -> Digest? {
    guard ImageReference.isTag(tag) else { return nil }
    let path = "\(manifests)/\(tag)"
    switch try FileSystem.kind(of: path) {
    case nil: return nil
    case .link: return try linkedDigest(path)
    default: return SHA256Hasher.digest(of: try BlobFile(path).bytes(limit: Manifest.maximumBytes))
    }
  }

  /// All tags, sorted.
  func tags() throws(SealiftError) -> [String] {
    let names = try FileSystem.list(manifests)
    let hasColons = names.contains { $0.hasPrefix("sha256:") }
    var tags: [String] = []
    for name in names where ImageReference.isTag(name) {
      // Without colons, a file that is named by its digest is no tag.
      if !hasColons, Self.digest(named: name) != nil, try FileSystem.kind(of: "\(manifests)/\(name)") == .file {
        continue
      }
      tags.append(name)
    }
    return tags
  }

  /// Whether it is there.
  func exists() throws(SealiftError) -> Bool {
    for path in [manifests, blobs] where try FileSystem.kind(of: path) == nil { return false }
    return true
  }

  /// Refuses a repository that lies behind a link, or where files stand in place of its directories.
  func refuseLinks() throws(SealiftError) {
    var path = "\(root)/v2"
    var paths = [path]
    for component in name.split(separator: "/") {
      path += "/\(component)"
      paths.append(path)
    }
    for path in paths + [blobs, manifests] {
      guard let kind = try FileSystem.kind(of: path), kind != .directory else { continue }
      throw SealiftError(
        .corrupt,
        "\(path) is \(kind == .link ? "a symbolic link" : "not a directory"), where only a directory may stand",
        nextStep: "put the directory itself in its place")
    }
  }

  private func linkedDigest(_ path: String) throws(SealiftError) -> Digest {
    let target = try FileSystem.target(ofLink: path)
    guard let digest = Self.digest(named: target) else {
      throw SealiftError(
        .corrupt, "\(path) is a link to '\(target)', where only a link to a manifest beside it may stand",
        nextStep: "mirror the image again, or put a copy of its manifest there")
    }
    return digest
  }

  /// The digest in a name, `sha256:<hex>` or `sha256-<hex>`.
  private static func digest(named name: String) -> Digest? {
    guard name.hasPrefix("sha256:") || name.hasPrefix("sha256-") else { return nil }
    return Digest(hex: name.dropFirst(7))
  }
}
