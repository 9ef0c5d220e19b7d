internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// All that a bundle holds, each thing once, and how they belong together: what bills of materials are written of.
struct Inventory {
  /// What a thing is.
  enum Kind {
    case bundle, image, chart, operatorBundle, release, layer, config, file, clusterManifest, tool
  }

  /// One thing.
  struct Component {
    let kind: Kind
    /// What others refer to it by: letters, digits, `-` and `.`.
    let reference: String
    var name: String
    var version: String?
    let digest: Digest
    var size: Int?
    var mediaType: String?
    /// The names that tools know it by.
    var purls: [String] = []
    /// Facts of ours, ascending by name.
    var facts: [(name: String, value: String)] = []
    /// What travels along and tells of it: bills of materials, attestations, signatures.
    var companions: [(kind: String, locator: String)] = []
  }

  /// How two things belong together.
  enum Relation {
    /// The first holds the second.
    case contains
    /// The first works only with the second.
    case dependsOn
    /// The first tells of the second.
    case tellsOf
  }

  /// The bundle first.
  private(set) var components: [Component] = []
  /// The relations, by the places of the things.
  private(set) var relations: [(from: Int, relation: Relation, to: Int)] = []
  private let head: AuditedHead
  private var places: [Digest: Int] = [:]
  private var held: Set<Pair> = []

  init(_ head: AuditedHead) throws(SealiftError) {
    self.head = head
    components.append(
      .init(
        kind: .bundle, reference: "bundle", name: "bundle.json", version: nil, digest: head.judged.verified.id,
        size: nil, facts: [("created", head.created)]))
    for image in head.index.images { try add(image) }
    relateByReasons()
    addFiles()
  }

  /// Adds something that the bundle itself holds.
  private mutating func add(_ component: Component) -> Int {
    components.append(component)
    relate(0, components.count - 1)
    return components.count - 1
  }

  private mutating func add(_ image: BundleIndex.Image) throws(SealiftError) {
    let name = PackageURL(image)
    let root: Int
    if let known = places[image.manifest.digest] {
      root = known
      // A part of another image is something by itself, too.
      relate(0, known)
    } else {
      let described = image.described
      root = add(
        .init(
          kind: described.kind, reference: "manifest-\(image.manifest.digest.hex)", name: described.name,
          version: described.version, digest: image.manifest.digest, size: image.manifest.size,
          mediaType: image.manifest.mediaType.rawValue))
      places[image.manifest.digest] = root
    }
    for purl in name.purls(of: image) where !components[root].purls.contains(purl) {
      components[root].purls.append(purl)
    }
    components[root].facts += image.facts
    var known = Set(image.absent)
    try addParts(of: image.manifest, at: root, name, &known)
  }

  /// Adds what a manifest names, and what that names.
  private mutating func addParts(
    of manifest: Descriptor, at place: Int, _ name: PackageURL, _ known: inout Set<Digest>
  ) throws(SealiftError) {
    guard known.insert(manifest.digest).inserted else { return }
    switch try head.texts.manifest(manifest).manifest.content {
    case .index(let children):
      for child in children where !known.contains(child.digest) {
        let platform = child.platform.map { " (\($0))" } ?? ""
        let part = addPart(child, .image, "manifest", "\(name.name)\(platform)", in: place, name)
        try addParts(of: child, at: part, name, &known)
      }
    case .image(let config, let layers):
      _ = addPart(config, .config, "config", "config of \(name.name)", in: place, name)
      for layer in layers where !layer.isForeign {
        _ = addPart(layer, .layer, "layer", "layer of \(name.name)", in: place, name)
      }
    }
  }

  private mutating func addPart(
    _ descriptor: Descriptor, _ kind: Kind, _ prefix: String, _ title: String, in parent: Int, _ name: PackageURL
  ) -> Int {
    if let known = places[descriptor.digest] {
      relate(parent, known)
      return known
    }
    let place = components.count
    components.append(
      .init(
        kind: kind, reference: "\(prefix)-\(descriptor.digest.hex)", name: title, version: nil,
        digest: descriptor.digest, size: descriptor.size, mediaType: descriptor.mediaType.rawValue,
        purls: [name.purl(descriptor.digest, [])]))
    places[descriptor.digest] = place
    relate(parent, place)
    return place
  }

  /// One layer may stand in a manifest twice, and one manifest be met on several ways.
  private mutating func relate(_ parent: Int, _ part: Int) {
    if held.insert(.init(parent, part)).inserted { relations.append((parent, .contains, part)) }
  }

  private struct Pair: Hashable {
    let parent: Int
    let part: Int

    init(_ parent: Int, _ part: Int) {
      self.parent = parent
      self.part = part
    }
  }

  /// What an image is there for is said by its reasons.
  private mutating func relateByReasons() {
    var owners: [String: Int] = [:]
    for image in head.index.images {
      for reason in image.reasons {
        if let owned = reason.owns, let place = places[image.manifest.digest] { owners[owned] = place }
      }
    }
    var known: Set<Pair> = []
    for image in head.index.images {
      guard let place = places[image.manifest.digest] else { continue }
      for reason in image.reasons {
        if let owner = reason.owner.flatMap({ owners[$0] }), owner != place, known.insert(.init(owner, place)).inserted
        {
          relations.append((owner, .dependsOn, place))
        }
        guard case .referrer(let kind, let subject) = reason, let about = places[subject],
          known.insert(.init(place, about)).inserted
        else { continue }
        relations.append((place, .tellsOf, about))
        components[about].companions.append((companion(kind, image), PackageURL(image).purl(image.manifest.digest, [])))
      }
    }
  }

  /// `SBOM`, `attestation`, `signature` or `referrer`; what a referrer is its types tell.
  private func companion(_ kind: String, _ image: BundleIndex.Image) -> String {
    guard kind == ImageReason.referrerKind, let manifest = try? head.texts.manifest(image.manifest).manifest else {
      return kind
    }
    var types = [manifest.artifactType ?? ""]
    if case .image(_, let layers) = manifest.content {
      types += layers.map(\.mediaType.rawValue) + layers.compactMap { $0.annotation("in-toto.io/predicate-type") }
    }
    let isSBOM = types.contains { $0.contains("spdx") || $0.contains("cyclonedx") }
    return isSBOM ? "SBOM" : types.contains { $0.contains("in-toto") } ? "attestation" : kind
  }

  private mutating func addFiles() {
    for (number, (file, content)) in zip(head.index.carriedFiles, head.contents.files).enumerated() {
      var component = Component(
        kind: .file, reference: "file-\(number + 1)", name: file.name, version: nil, digest: file.digest,
        size: content.size)
      component.purls = [PackageURL.generic(file)]
      component.facts = [("source", file.source)]
      _ = add(component)
    }
    for (number, template) in head.contents.templates.enumerated() {
      var component = Component(
        kind: .clusterManifest, reference: "cluster-manifest-\(number + 1)", name: template.path, version: nil,
        digest: template.digest, size: template.size)
      component.facts = [template.grants.map { ("grants", $0) }, template.source.map { ("source", $0) }].compactMap(
        \.self)
      _ = add(component)
    }
    for (number, tool) in head.index.tools.enumerated() {
      _ = add(
        .init(
          kind: .tool, reference: "tool-\(number + 1)", name: tool.path, version: nil, digest: tool.digest,
          size: tool.size))
    }
  }
}

extension BundleIndex.Image {
  /// What it is and what it is called, as the first of its reasons says it that says more than that somebody wanted it.
  fileprivate var described: (kind: Inventory.Kind, name: String, version: String?) {
    for reason in reasons {
      switch reason {
      case .chart(let title):
        let words = title.split(separator: " ", maxSplits: 1).map(String.init)
        return (.chart, words[0], words.last)
      case .operatorBundle(let name):
        return (.operatorBundle, name, name.firstRange(of: ".v").map { String(name[$0.upperBound...]) } ?? tags.first)
      case .release(let name):
        return (.release, destination, name.split(separator: " ").first.map(String.init))
      default: continue
      }
    }
    return (.image, destination, tags.first)
  }

  fileprivate var facts: [(name: String, value: String)] {
    destinations.map { ("destination", $0) } + reasons.map { ("reason", $0.description) }
      + sources.map { ("source", $0) }
  }
}

extension ImageReason {
  /// What others are here for because of it.
  fileprivate var owns: String? {
    switch self {
    case .release(let name): "release \(name)"
    case .operatorBundle(let name): "bundle \(name)"
    case .chart(let title): "chart \(title)"
    default: nil
    }
  }

  /// What it is here for.
  fileprivate var owner: String? {
    switch self {
    case .component(_, of: let release): "release \(release)"
    case .operatorBundleImage(let name): "bundle \(name)"
    case .chartImage(let title): "chart \(title)"
    default: nil
    }
  }
}
