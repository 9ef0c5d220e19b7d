internal import BundleFormat
public import Diagnostics
public import Digests
public import OCI

/// Where an image can be fetched.
public enum ImageOrigin: Hashable, Sendable {
  /// A repository of a registry.
  case registry(host: String, repository: String)
  /// An OCI layout directory.
  case layout(path: String)
  /// A repository of a directory that `oc` has mirrored into.
  case mirror(path: String, repository: String)

  /// The repository's path; none in a layout, which has one store for all.
  public var repository: String {
    switch self {
    case .registry(_, let repository), .mirror(_, let repository): repository
    case .layout: ""
    }
  }

  /// The repository of a reference.
  public init(_ reference: ImageReference) {
    self = .registry(host: reference.registry, repository: reference.repository)
  }

  /// The origin of a source as an index lists it.
  ///
  /// - Throws: `internal` for an image that was made for its bundle.
  public init(source: String) throws(SealiftError) {
    guard !BundleImage.isBuilt(source) else {
      throw SealiftError(.internal, "\(source) was made, and has no source", nextStep: "report this defect")
    }
    if source.hasPrefix(MirrorDirectoryAddress.prefix) {
      let address = try MirrorDirectoryAddress(source)
      self = .mirror(path: address.path, repository: address.repository ?? "")
      return
    }
    guard source.hasPrefix(OCILayoutAddress.prefix) else {
      self.init(try ImageReference(source))
      return
    }
    let bare = source.firstRange(of: "@sha256:").map { String(source[..<$0.lowerBound]) } ?? source
    self = .layout(path: try OCILayoutAddress(bare).path)
  }

  /// How an index lists a manifest of this origin that was found by its digest.
  public func source(of digest: Digest) -> String {
    switch self {
    case .registry(let host, let repository): "\(host)/\(repository)@\(digest)"
    case .layout(let path): "\(OCILayoutAddress.prefix)\(path)@\(digest)"
    case .mirror(let path, let repository):
      MirrorDirectoryAddress(path: path, repository: repository, selector: .digest(digest)).description
    }
  }
}

extension ImageReference {
  /// The source of an image as an index lists it, if it is at a registry.
  public init?(source: String) {
    guard case .registry = try? ImageOrigin(source: source), let reference = try? ImageReference(source) else {
      return nil
    }
    self = reference
  }
}
