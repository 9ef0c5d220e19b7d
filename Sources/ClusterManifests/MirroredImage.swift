public import OCI

/// One image that a cluster is to find at the mirror.
public struct MirroredImage: Sendable, Equatable {
  /// Which mirror sets an image belongs to.
  public enum Category: String, Sendable, CaseIterable {
    case release, `operator`, generic
  }

  /// What an image is to a cluster.
  public enum Role: Sendable {
    /// The payload of a release, which a cluster refers to by digest even where it was asked for by tag.
    case payload
    /// An image that other objects name at the mirror itself: a catalog, the graph data. It needs no mirror set.
    case named
    case other
  }

  /// The reference that workloads use, which for a component is the one of `image-references`.
  public var source: ImageReference
  /// The repository's path, relative to the target.
  public var destination: String
  /// Which mirror sets it belongs to.
  public var category: Category
  /// What it is.
  public var role: Role

  /// Makes one.
  public init(source: ImageReference, destination: String, category: Category, role: Role = .other) {
    self.source = source
    self.destination = destination
    self.category = category
    self.role = role
  }
}
