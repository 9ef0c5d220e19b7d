internal import Diagnostics
internal import OCI

/// Where an image's blobs can be fetched.
enum ImageOrigin: Hashable, Sendable {
  /// A repository of a registry.
  case registry(host: String, repository: String)
  /// An OCI layout directory.
  case layout(path: String)

  /// The repository's path; none in a layout, which has one store for all.
  var repository: String {
    switch self {
    case .registry(_, let repository): repository
    case .layout: ""
    }
  }

  /// The origin of a source as an index lists it.
  init(source: String) throws(SealiftError) {
    guard source.hasPrefix(OCILayoutAddress.prefix) else {
      let reference = try ImageReference(source)
      self = .registry(host: reference.registry, repository: reference.repository)
      return
    }
    let bare = source.firstRange(of: "@sha256:").map { String(source[..<$0.lowerBound]) } ?? source
    self = .layout(path: try OCILayoutAddress(bare).path)
  }

  /// How an index lists a manifest of this origin that was found by its digest.
  func source(of digest: some CustomStringConvertible) -> String {
    switch self {
    case .registry(let host, let repository): "\(host)/\(repository)@\(digest)"
    case .layout(let path): "\(OCILayoutAddress.prefix)\(path)@\(digest)"
    }
  }
}
