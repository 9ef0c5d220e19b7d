internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
public import JSON
internal import OCI

/// A list of images that is made anew at a target, of those that a bundle brings of it.
///
/// Source: `formats/receipt.schema.json`, `rewritten`.
public struct RewrittenList: Sendable, Equatable {
  /// What the list is called at the target: `repository:tag`, or `repository@digest` where it has no tag.
  let name: String
  /// The reference of the image as it was asked for.
  let source: String
  /// The digest of the list that was published.
  let from: Digest
  /// The digest of the one that is made.
  let to: Digest

  /// One sentence about it.
  public var text: String {
    "\(name) (\(source)) is \(to), a list made here, and not \(from): what names that digest does not find it"
  }

  /// The list as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("from", .string(from.description)), .init("name", .string(name)), .init("source", .string(source)),
      .init("to", .string(to.description)),
    ])
  }
}

extension BundleImage {
  /// Why lists of it cannot be made anew: what uses it finds it by its digest alone.
  var findingReason: ImageReason? {
    reasons.first { reason in
      switch reason {
      case .release, .component, .catalog: true
      default: false
      }
    }
  }

  /// Whether it has lists that can be made anew.
  var canBeRewritten: Bool { !absent.isEmpty && findingReason == nil }
}

extension MetadataStore {
  /// Makes a list of what an image brings, and keeps it.
  ///
  /// All that the published one says of itself and of these images stays; lists within it are made anew too.
  ///
  /// - Returns: The manifests of the image as they are then, children first.
  func rewritten(_ image: BundleImage, _ manifests: [Descriptor]) throws(SealiftError) -> [Descriptor] {
    let absent = Set(image.absent)
    var renewed: [Digest: Descriptor] = [:]
    var rewritten: [Descriptor] = []
    for manifest in manifests {
      var new = manifest
      if manifest.mediaType.isIndex {
        let bytes = try required(manifest.digest)
        // One that names nothing which is left out stays as it was published.
        if try !Manifest(bytes, mediaType: manifest.mediaType, source: "a list").children.allSatisfy({ child in
          !absent.contains(child.digest) && renewed[child.digest] == nil
        }) {
          let list = try JSONReader.value(bytes, source: "manifest \(manifest.digest)")
          let text = JSONWriter.bytes(of: list.listing(without: absent, renewed))
          new.digest = SHA256Hasher.digest(of: text)
          new.size = text.count
          try put(new.digest, text)
          renewed[manifest.digest] = new
        }
      }
      rewritten.append(new)
    }
    return rewritten
  }
}

extension JSONValue {
  /// An index without some of its images, and with others in the place of those that were made anew.
  fileprivate func listing(without absent: Set<Digest>, _ renewed: [Digest: Descriptor]) -> JSONValue {
    guard case .object(var members) = self, let place = members.firstIndex(where: { $0.name == "manifests" }),
      let children = members[place].value.elements
    else { return self }
    members[place].value = .array(
      children.compactMap { child -> JSONValue? in
        guard let digest = child["digest"]?.text.flatMap({ try? Digest($0) }) else { return child }
        if absent.contains(digest) { return nil }
        guard let new = renewed[digest], case .object(let fields) = child else { return child }
        return .object(
          fields.map { field in
            switch field.name {
            case "digest": .init("digest", .string(new.digest.description))
            case "size": .init("size", .integer(new.size))
            default: field
            }
          })
      })
    return .object(members)
  }
}
