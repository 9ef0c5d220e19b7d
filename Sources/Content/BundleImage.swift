public import BundleFormat
internal import Digests
internal import OCI

/// One image of a bundle, as its index lists it.
public typealias BundleImage = BundleIndex.Image

extension BundleImage {
  /// The names of the image, each with the tags at the target that are its own.
  ///
  /// A name's own tag is the one that it has itself, or the one that is made of its digest. What has another, as a
  /// configuration can give it, shares all tags that are no name's own; of these the first name has what is left.
  public var names: [(source: String, tags: [String])] {
    let sources = sources
    let own = sources.map { source in tags.filter(Set(Self.ownTags(of: source)).contains) }
    let shared = tags.filter { tag in !own.contains { $0.contains(tag) } }
    let isShared = own.contains(where: \.isEmpty)
    return sources.indices.map { index in
      if own[index].isEmpty { return (sources[index], shared.isEmpty ? tags : shared) }
      return (sources[index], index == 0 && !isShared ? own[index] + shared : own[index])
    }
  }

  private static func ownTags(of source: String) -> [String] {
    let reference = try? ImageReference(source)
    return [reference?.tag, reference?.digest?.tag].compactMap(\.self)
  }
}
