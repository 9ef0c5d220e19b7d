public import Digests
internal import Glibc
internal import JSON
public import OCI
internal import SystemIO

/// A directory as `oc image mirror` writes it, which a test fills, and damages.
///
/// It is made here and by no code of Sealift, from what `oc` is known to write.
public struct MirrorFixture {
  /// How the names of a tree are written.
  public enum Form: Sendable, CaseIterable {
    /// As on Linux: colons, hard links and symbolic links.
    case linux
    /// A copy in which the links are files of their own.
    case copied
    /// As on Windows, where a name has no colon.
    case windows
  }

  /// The directory.
  public let path: String
  private let form: Form

  /// - Parameter path: A directory that does not exist.
  public init(_ path: String, _ form: Form = .linux) {
    self.path = path
    self.form = form
  }

  /// The file that has a blob's bytes.
  public func blob(_ digest: Digest, in repository: String) -> String {
    "\(path)/v2/\(repository)/blobs/\(name(digest))"
  }

  /// The file of a manifest, by digest.
  public func manifest(_ digest: Digest, in repository: String) -> String {
    "\(path)/v2/\(repository)/manifests/\(name(digest))"
  }

  /// The name of a tag.
  public func tag(_ tag: String, in repository: String) -> String { "\(path)/v2/\(repository)/manifests/\(tag)" }

  /// Puts an image of a layout, with all that hangs below it, into a repository.
  public func add(_ image: Descriptor, from layout: LayoutFixture, to repository: String, tag: String? = nil) throws {
    try FileSystem.makeDirectory("\(path)/v2/\(repository)/blobs")
    try FileSystem.makeDirectory("\(path)/v2/\(repository)/manifests")
    try copy(image.digest, from: layout, repository)
    let bytes = try FileSystem.read(blob(image.digest, in: repository), limit: Manifest.maximumBytes)
    let manifest = try Manifest(bytes, mediaType: image.mediaType, source: "a manifest of the test")
    switch manifest.content {
    case .index(let children):
      for child in children { try add(child, from: layout, to: repository) }
    case .image(let config, let layers):
      for blob in [config] + layers { try copy(blob.digest, from: layout, repository) }
    }
    let path = self.manifest(image.digest, in: repository)
    if form == .linux {
      link(blob(image.digest, in: repository), path)
    } else {
      try FileSystem.write(bytes, to: path)
    }
    guard let tag else { return }
    if form == .linux {
      symlink(name(image.digest), self.tag(tag, in: repository))
    } else {
      try FileSystem.write(bytes, to: self.tag(tag, in: repository))
    }
  }

  private func copy(_ digest: Digest, from layout: LayoutFixture, _ repository: String) throws {
    let bytes = try FileSystem.read("\(layout.path)/blobs/sha256/\(digest.hex)", limit: 1 << 30)
    try FileSystem.write(bytes, to: blob(digest, in: repository), permissions: 0o600)
  }

  private func name(_ digest: Digest) -> String { form == .windows ? digest.tag : digest.description }
}
