internal import BundleFormat
internal import Content
internal import Digests
internal import JSON
internal import OCI

/// What one side holds, kind by kind, each thing under the name that it is found by on both sides.
struct DiffListing {
  /// The things; a kind of which the side does not tell is not there.
  let items: [DiffKind: [BundleDiff.Item]]

  /// - Parameters:
  ///   - other: The other side, for what a receipt can only be asked.
  ///   - names: Of the catalogs of both.
  init(_ side: DiffSide, against other: DiffSide, _ names: CatalogNames) {
    switch side {
    case .bundle(let head): items = Self.items(head, names)
    case .receipt(let receipt, _): items = Self.items(receipt, against: other)
    }
  }

  private static func items(_ head: AuditedHead, _ names: CatalogNames) -> [DiffKind: [BundleDiff.Item]] {
    [
      .releases: head.contents.releases.map(\.item), .catalogs: head.contents.catalogs.map { $0.item(names) },
      .operators: head.contents.catalogs.flatMap { $0.packageItems(names) }, .charts: charts(head.index.images),
      .images: head.index.images.flatMap(\.items), .files: head.contents.files.map(\.item),
      .manifests: head.contents.templates.map(\.item), .tools: head.contents.tools.map(\.item),
      .signers: head.judged.signatures.map { .init($0.keyID, [.init("state", .string($0.state))]) },
    ]
  }

  /// A receipt has the names of its target, and tells neither operators nor manifests.
  private static func items(_ receipt: ReceiptContent, against other: DiffSide) -> [DiffKind: [BundleDiff.Item]] {
    func item(_ name: String, _ digest: Digest) -> BundleDiff.Item {
      .init(name, [.init("digest", .string(digest.description))])
    }
    let target = try? TargetAddress(receipt.target)
    // What has no tag is one manifest among many there: whether an image of the other side is among them can be asked.
    let places = Set(receipt.manifests)
    let untagged = (other.head?.index.images ?? []).filter { image in
      image.tags.isEmpty
        && places.contains(
          .init(
            repository: target?.repository(for: image.destination, maxNestedPaths: nil) ?? image.destination,
            digest: image.manifest.digest))
    }
    let tagged = receipt.tags.map { item(target?.destination(of: $0.key) ?? $0.key, $0.value) }
    var items: [DiffKind: [BundleDiff.Item]] = [
      .images: tagged + untagged.flatMap { image in image.destinations.map { item($0, image.manifest.digest) } },
      .releases: receipt.releases.map { release in
        .init(
          "\(release.version) \(release.architecture)",
          release.digest.map { [.init("digest", .string($0.description))] } ?? [])
      },
      .signers: receipt.signers.map { .init($0, []) },
    ]
    if let files = receipt.files { items[.files] = files.map { item($0.key, $0.value) } }
    return items
  }

  /// The charts by name, each with all its versions.
  private static func charts(_ images: [BundleIndex.Image]) -> [BundleDiff.Item] {
    var charts: [String: [(version: String, digest: String)]] = [:]
    for image in images {
      for case .chart(let title) in image.reasons {
        let words = title.split(separator: " ", maxSplits: 1).map(String.init)
        charts[words[0], default: []].append((words.last ?? "", image.manifest.digest.description))
      }
    }
    return charts.map { name, versions in
      let sorted = versions.sorted { ($0.version, $0.digest) < ($1.version, $1.digest) }
      return .init(
        name, [.init("digests", .strings(sorted.map(\.digest))), .init("versions", .strings(sorted.map(\.version)))])
    }
  }
}
