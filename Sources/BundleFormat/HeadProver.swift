internal import ClusterManifests
internal import Diagnostics
internal import OCI
internal import Zstd

/// Proves that what lies in the head of a bundle belongs together, and that it is all that its images need.
///
/// It is given the content of each entry, whose digest was compared before, as it is read or written, and keeps of a
/// manifest only the places of what it names.
///
/// Source: `formats/bundle-v1.md`, "What a reader proves".
struct HeadProver {
  private let index: BundleIndex
  private let foreign: Set<String>
  private var templates = TemplateProver()
  private var closure: Closure

  /// - Parameter index: A checked index.
  init(_ index: BundleIndex) {
    self.index = index
    foreign = Set(index.carriedObjects.map(\.path))
    closure = Closure(index)
  }

  /// Takes a file of the head that does not follow from the index.
  ///
  /// - Throws: `corrupt` for a template that could not be filled in.
  mutating func take(_ file: BundleIndex.HeadFile, _ bytes: [UInt8]) throws(SealiftError) {
    guard file.path.hasPrefix(BundleIndex.HeadFile.configurationPrefix) else { return }
    let path = String(file.path.dropFirst(BundleIndex.HeadFile.configurationPrefix.count))
    try templates.take(bytes, path: path, isForeign: foreign.contains(file.path))
  }

  /// Takes an element of the index's `metadata`.
  ///
  /// - Throws: `corrupt` for a manifest that is none, or needs what is not in the bundle.
  mutating func take(metadata number: Int, _ bytes: [UInt8]) throws(SealiftError) {
    let descriptor = index.metadata[number]
    guard descriptor.mediaType.isManifest else { return }
    let manifest = try Manifest(
      bytes, mediaType: descriptor.mediaType, source: "manifest \(descriptor.digest)", code: .corrupt)
    try closure.add(manifest, at: number)
  }

  /// Ends the proof, when everything was taken.
  ///
  /// - Throws: `corrupt` if something is missing, or nothing needs it.
  mutating func finish(
    _ verified: VerifiedIndex, frames: [StoredFrame], bodyOffset: Int
  ) throws(SealiftError) -> ProvenHead {
    try templates.finish()
    try closure.check()
    return ProvenHead(verified: verified, frames: frames, bodyOffset: bodyOffset)
  }
}

/// A head that was proven, all of it: what is in the bundle can be unpacked if its blobs are whole.
///
/// Only a `HeadProver` makes one.
public struct ProvenHead: Sendable {
  /// The index.
  public let verified: VerifiedIndex
  /// The compressed frames of the head behind the signatures.
  let frames: [StoredFrame]
  /// Where the body begins in the file.
  public let bodyOffset: Int

  fileprivate init(verified: VerifiedIndex, frames: [StoredFrame], bodyOffset: Int) {
    self.verified = verified
    self.frames = frames
    self.bodyOffset = bodyOffset
  }

  /// Where the tail begins in the file.
  public var tailOffset: Int { bodyOffset + verified.layout.body.storedBytes }

  /// The least size of the file: that of all but the compressed blobs.
  public var leastFileBytes: Int { tailOffset + verified.layout.end.storedBytes + verified.layout.seekTableBytes }

  /// All compressed frames before the tail, in file order.
  var compressedFrames: [StoredFrame] { verified.frames + frames }
}
