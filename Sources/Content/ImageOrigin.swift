internal import BundleFormat
public import Diagnostics
public import Digests
internal import OCI

/// Where an image's blobs can be fetched.
public enum ImageOrigin: Hashable, Sendable {
  /// A repository of a registry.
  case registry(host: String, repository: String)
  /// An OCI layout directory.
  case layout(path: String)
  /// This run, which has made the image.
  case built
  /// A repository of a directory that `oc` has mirrored into.
  case mirror(path: String, repository: String)
  /// The places of `mirror.files`: what lies there is no image.
  case files

  /// The repository's path; none in a layout, which has one store for all.
  public var repository: String {
    switch self {
    case .registry(_, let repository), .mirror(_, let repository): repository
    case .layout, .built, .files: ""
    }
  }

  /// The origin of a source as an index lists it.
  public init(source: String) throws(SealiftError) {
    if source.hasPrefix(Self.builtPrefix) {
      self = .built
      return
    }
    if source.hasPrefix(MirrorDirectoryAddress.prefix) {
      let address = try MirrorDirectoryAddress(source)
      self = .mirror(path: address.path, repository: address.repository ?? "")
      return
    }
    guard source.hasPrefix(OCILayoutAddress.prefix) else {
      let reference = try ImageReference(source)
      self = .registry(host: reference.registry, repository: reference.repository)
      return
    }
    let bare = source.firstRange(of: "@sha256:").map { String(source[..<$0.lowerBound]) } ?? source
    self = .layout(path: try OCILayoutAddress(bare).path)
  }

  /// What the source of an image begins with that was made here.
  public static let builtPrefix = BundleImage.builtPrefix

  /// How an index lists a manifest of this origin that was found by its digest.
  public func source(of digest: Digest) -> String {
    switch self {
    case .registry(let host, let repository): "\(host)/\(repository)@\(digest)"
    case .layout(let path): "\(OCILayoutAddress.prefix)\(path)@\(digest)"
    case .built, .files: "\(Self.builtPrefix)\(digest)"
    case .mirror(let path, let repository):
      MirrorDirectoryAddress(path: path, repository: repository, selector: .digest(digest)).description
    }
  }
}
