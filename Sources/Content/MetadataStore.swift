public import Diagnostics
public import Digests
public import OCI
internal import Synchronization
internal import SystemIO

/// Manifests and configs, by digest, in a nameless file: there can be more of them than memory should hold.
///
/// Threads: any, many at once.
public final class MetadataStore: Sendable {
  private struct Place {
    let offset: Int
    let size: Int
  }

  private struct Places {
    var byDigest: [Digest: Place] = [:]
    var end = 0
  }

  private let file: File
  private let places = Mutex(Places())

  /// - Parameter directory: Where the file's bytes lie.
  public init(in directory: String) throws(SealiftError) {
    file = try File.anonymous(in: directory)
  }

  /// Keeps bytes whose digest was checked; bytes that are there already are not kept twice.
  public func put(_ digest: Digest, _ bytes: [UInt8]) throws(SealiftError) {
    try places.withLock { (places) throws(SealiftError) in
      guard places.byDigest[digest] == nil else { return }
      try file.write(bytes, at: places.end)
      places.byDigest[digest] = Place(offset: places.end, size: bytes.count)
      places.end += bytes.count
    }
  }

  /// The bytes of a digest, or `nil` if they are not here.
  public func bytes(_ digest: Digest) throws(SealiftError) -> [UInt8]? {
    guard let place = places.withLock({ $0.byDigest[digest] }) else { return nil }
    return try file.bytes(at: place.offset, count: place.size)
  }

  /// The bytes of a digest that must be here.
  ///
  /// - Throws: `corrupt` if they are not.
  public func required(_ digest: Digest) throws(SealiftError) -> [UInt8] {
    guard let bytes = try bytes(digest) else {
      throw SealiftError(
        .corrupt, "\(digest) is needed and is not in the bundle",
        nextStep: "pack the image again from a source that has all of it")
    }
    return bytes
  }

  /// The manifest of a digest.
  ///
  /// - Throws: `corrupt` if it is not here, or is no manifest.
  public func manifest(_ descriptor: Descriptor) throws(SealiftError) -> (manifest: Manifest, bytes: [UInt8]) {
    let bytes = try required(descriptor.digest)
    let manifest = try Manifest(bytes, mediaType: descriptor.mediaType, source: "manifest \(descriptor.digest)")
    return (manifest, bytes)
  }
}
