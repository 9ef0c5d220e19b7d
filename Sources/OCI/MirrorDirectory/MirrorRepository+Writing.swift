internal import Diagnostics
internal import Digests
internal import SystemIO

/// The writing of a repository, in the form that `oc` gives it on Linux.
extension MirrorRepository {
  // As `oc` has it, and the second name of a manifest's blob with it.
  private static let manifestPermissions: UInt32 = 0o600

  /// Makes the directories.
  ///
  /// - Parameter removesLeftovers: Whether what a killed run has left can go: nobody else writes now.
  func prepare(removesLeftovers: Bool) throws(SealiftError) {
    try MirrorDirectoryAddress.requireName(name)
    try refuseLinks()
    for directory in [blobs, manifests] {
      try FileSystem.makeDirectory(directory)
      guard removesLeftovers else { continue }
      for name in try FileSystem.list(directory) where name.hasPrefix(FileSystem.temporaryPrefix) {
        try FileSystem.remove("\(directory)/\(name)")
      }
    }
  }

  /// The file that a blob is written to.
  func file(_ digest: Digest) -> BlobFile { BlobFile(path(of: digest)) }

  /// Starts a blob.
  ///
  /// - Parameter digest: What it will be, if that is known already.
  func partial(_ digest: Digest?) throws(SealiftError) -> PartialBlob {
    try PartialBlob(in: blobs, name: FileSystem.temporaryPrefix + (digest?.hex ?? "upload"))
  }

  /// Reads a manifest under whichever of its names it is whole.
  func manifest(_ digest: Digest, _ intact: IntactFiles) throws -> FetchedManifest? {
    try intact.manifest(BlobFile(manifestPath(of: digest)), digest) ?? intact.manifest(blob(digest), digest)
  }

  /// Whether a manifest is there whole, as a manifest and as a blob.
  func hasManifest(_ digest: Digest, _ intact: IntactFiles) throws -> Bool {
    for path in [path(of: digest), manifestPath(of: digest)] {
      guard try intact.manifest(BlobFile(path), digest) != nil else { return false }
    }
    return true
  }

  /// Writes a manifest as a blob, and gives it its second name.
  ///
  /// - Parameter links: Whether a file can have two names.
  func write(_ bytes: [UInt8], _ digest: Digest, links: Bool, _ intact: IntactFiles) throws {
    let blob = path(of: digest)
    let manifest = manifestPath(of: digest)
    if try intact.manifest(BlobFile(blob), digest) == nil { try write(bytes, to: blob) }
    if try intact.manifest(BlobFile(manifest), digest) != nil { return }
    if links, try FileSystem.replace(manifest, withHardLinkTo: blob) { return }
    try write(bytes, to: manifest)
  }

  /// Sets a tag, in place of what it stood for.
  func set(_ tag: String, to digest: Digest) throws(SealiftError) {
    try FileSystem.replace("\(manifests)/\(tag)", withLinkTo: digest.description)
  }

  /// Waits until all names are on the disk, up to the directory `v2`.
  func sync() throws(SealiftError) {
    try FileSystem.syncDirectory(of: "\(blobs)/.")
    try FileSystem.syncDirectory(of: "\(manifests)/.")
    var path = directory
    for _ in name.split(separator: "/") {
      try FileSystem.syncDirectory(of: "\(path)/.")
      path = FileSystem.parent(of: path)
    }
  }

  /// Waits until all tags are on the disk.
  func syncTags() throws(SealiftError) { try FileSystem.syncDirectory(of: "\(manifests)/.") }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let partial = try PartialBlob(
      in: FileSystem.parent(of: path), name: FileSystem.temporaryPrefix + "manifest",
      permissions: Self.manifestPermissions)
    try bytes.withUnsafeBytes { try partial.write($0) }
    try partial.finish(as: path)
  }
}
