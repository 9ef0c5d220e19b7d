internal import Diagnostics
internal import Digests
internal import SystemIO

/// The content-addressed part of a layout, `blobs/sha256/<hex>`. Its calls block.
///
/// Source: OCI image-spec, image-layout.md, "Blobs".
struct OCILayoutBlobs: Sendable {
  /// The layout's directory.
  let layout: String
  /// `blobs/sha256` in it.
  let directory: String

  init(layout: String) {
    self.layout = layout
    directory = "\(layout)/blobs/sha256"
  }

  func path(of digest: Digest) -> String { "\(directory)/\(digest.hex)" }

  subscript(_ digest: Digest) -> BlobFile { BlobFile(path(of: digest)) }

  /// Refuses a layout whose blobs lie behind a symbolic link.
  func refuseLinks() throws(SealiftError) {
    for path in ["\(layout)/blobs", directory] where try FileSystem.kind(of: path) == .link {
      throw SealiftError(
        .corrupt, "\(path) is a symbolic link, where only a directory may stand",
        nextStep: "put the directory itself in its place")
    }
  }

  /// Starts a blob.
  ///
  /// - Parameter digest: What it will be, if that is known already.
  func partial(_ digest: Digest?) throws(SealiftError) -> PartialBlob {
    try PartialBlob(in: directory, name: ".\(digest?.hex ?? "upload")")
  }

  /// Removes what a killed run has left.
  func removeLeftovers() throws(SealiftError) {
    for name in try FileSystem.list(directory) where name.wholeMatch(of: /\.([0-9a-f]{64}|upload)\.[0-9]+/) != nil {
      try FileSystem.remove("\(directory)/\(name)")
    }
  }
}
