internal import BundleFormat
internal import Content
internal import Digests
internal import OCI

/// One image that is to be deleted.
struct DeletionItem: Sendable, Equatable {
  /// What an image is, in the words of oc-mirror; the cases stand in the order in which they are deleted.
  ///
  /// What names others goes first: at no moment is something there of which a part is gone.
  enum Kind: String, Sendable, CaseIterable {
    case release = "ocpRelease"
    case catalog = "operatorCatalog"
    case graphData = "cincinnatiGraph"
    case generic
    case chart = "helmChart"
    case operatorBundle
    case component = "ocpReleaseContent"
    case operatorImage = "operatorRelatedImage"
    case chartImage = "helmImage"
    /// A signature, or another referrer, which goes when what it refers to is gone.
    case referrer

    /// Which come together.
    var step: Int {
      switch self {
      case .release, .catalog, .graphData, .generic, .chart: 0
      case .operatorBundle: 1
      case .component, .operatorImage, .chartImage: 2
      case .referrer: 3
      }
    }
  }

  /// Where it came from.
  let name: String
  /// Its root manifest.
  let place: ManifestPlace
  let kind: Kind
  /// The tags that stand for it, sorted.
  var tags: [String]
  /// The manifests of an index that nothing else needs, in the index's order.
  var children: [Digest]

  /// The places of all its manifests, the root first.
  var places: [ManifestPlace] {
    [place] + children.map { ManifestPlace(repository: place.repository, digest: $0) }
  }

  /// The order of a list: that in which things are deleted.
  static func order(_ left: Self, _ right: Self) -> Bool {
    if left.kind.step != right.kind.step { return left.kind.step < right.kind.step }
    return left.place < right.place
  }
}

extension DeletionItem.Kind {
  /// - Parameter reason: Why the image was packed.
  init(_ reason: ImageReason) {
    switch reason {
    case .release: self = .release
    case .component: self = .component
    case .graphData: self = .graphData
    case .catalog: self = .catalog
    case .operatorBundle: self = .operatorBundle
    case .operatorBundleImage: self = .operatorImage
    case .chart: self = .chart
    case .chartImage: self = .chartImage
    case .referrer: self = .referrer
    default: self = .generic
    }
  }
}
