internal import Diagnostics
internal import OCI

/// Where an image's blobs can be fetched.
enum ImageOrigin: Hashable, Sendable {
  /// A repository of a registry.
  case registry(host: String, repository: String)
  /// An OCI layout directory.
  case layout(path: String)
  /// This run, which has made the image.
  case built

  /// The repository's path; none in a layout, which has one store for all.
  var repository: String {
    switch self {
    case .registry(_, let repository): repository
    case .layout, .built: ""
    }
  }

  /// The origin of a source as an index lists it.
  init(source: String) throws(SealiftError) {
    if source.hasPrefix(Self.builtPrefix) {
      self = .built
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
  static let builtPrefix = "built:"

  /// How an index lists a manifest of this origin that was found by its digest.
  func source(of digest: some CustomStringConvertible) -> String {
    switch self {
    case .registry(let host, let repository): "\(host)/\(repository)@\(digest)"
    case .layout(let path): "\(OCILayoutAddress.prefix)\(path)@\(digest)"
    case .built: "\(Self.builtPrefix)\(digest)"
    }
  }
}
