internal import BundleFormat
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Publishing

/// What is to be deleted of several bundles, and what of that must stay.
struct DeletionPlan: Sendable {
  /// Something that was asked for and stays.
  struct Kept: Sendable, Equatable {
    let place: ManifestPlace
    let reason: String
  }

  /// What is deleted, in the order of a list.
  let items: [DeletionItem]
  /// What was asked for and stays, sorted.
  let kept: [Kept]
  /// The bytes that nothing known needs then.
  let bytes: Int

  /// - Parameters:
  ///   - carried: The bundles, each with what of it is asked for.
  ///   - content: What must stay whatever is asked for.
  ///   - blocked: Which images must stay.
  init(
    _ carried: [(bundle: CarriedImages, selection: DeletionSelection)], keeping content: KeptContent,
    blocked: BlockedImages
  ) throws(SealiftError) {
    var doomed = Doomed(keeping: content)
    for (bundle, selection) in carried { try doomed.add(bundle, selection, blocked) }
    doomed.settleReferrers()
    items = doomed.items
    kept = doomed.keptBack
    bytes = doomed.bytes
  }
}

/// Finds what can go.
private struct Doomed {
  private var content: KeptContent
  private var candidates: [CarriedImages.Image] = []
  private var referrers: [CarriedImages.Image] = []
  // Asked for in part: an index says what else needs them.
  private var shared: [(image: CarriedImages.Image, reason: String)] = []

  init(keeping content: KeptContent) { self.content = content }

  mutating func add(
    _ bundle: CarriedImages, _ selection: DeletionSelection, _ blocked: BlockedImages
  ) throws(SealiftError) {
    for image in bundle.images {
      if let rule = try blocked.rule(blocking: image.entry) {
        let owner = "line \(rule.line) of blockedImages, '\(rule.pattern)'"
        if selection.touches(image) { shared.append((image, owner)) }
        content.add(image, for: owner)
      } else if !image.subjects.isEmpty, image.subjects.count == image.reasons.count {
        referrers.append(image)
      } else if selection.touches(image), let owner = content.update(restingOn: image.blobs, in: image.repository) {
        shared.append((image, owner))
        content.add(image, for: owner)
      } else if selection.contains(image) {
        candidates.append(image)
      } else {
        let owner = "\(selection.remaining(image)) of \(bundle.path)"
        if selection.touches(image) { shared.append((image, owner)) }
        content.add(image, for: owner)
      }
    }
  }

  /// Decides about referrers: one goes if all that it refers to goes, and stays if something of that stays.
  mutating func settleReferrers() {
    while true {
      let going = Set((candidates + referrers).flatMap(\.places)).subtracting(content.places.keys)
      let staying = referrers.filter { referrer in
        !referrer.subjects.allSatisfy { going.contains(ManifestPlace(repository: referrer.repository, digest: $0)) }
      }
      guard !staying.isEmpty else { return }
      let names = Set(staying.map(\.place))
      referrers.removeAll { names.contains($0.place) }
      for image in staying { content.add(image, for: "\(image.entry.reason), which stays") }
      // Of what is asked for and stays, the referrers are told too.
      let asked = Set((candidates + shared.map(\.image)).flatMap(\.places))
      shared += staying.filter { referrer in
        referrer.subjects.contains { asked.contains(ManifestPlace(repository: referrer.repository, digest: $0)) }
      }.map { ($0, "\($0.entry.reason), which stays") }
    }
  }

  private var going: [CarriedImages.Image] { candidates + referrers }

  var items: [DeletionItem] {
    var items: [ManifestPlace: DeletionItem] = [:]
    for image in going {
      for form in image.forms {
        guard let root = form.last, content.places[root] == nil else { continue }
        let children = form.dropLast().reversed().filter { content.places[$0] == nil }.map(\.digest)
        var item =
          items[root]
          ?? DeletionItem(
            name: image.entry.source, place: root, kind: .init(image.entry.reason), tags: [],
            children: children)
        item.tags = Set(item.tags + image.entry.tags).sorted()
        items[root] = item
      }
    }
    return items.values.sorted(by: DeletionItem.order)
  }

  var keptBack: [DeletionPlan.Kept] {
    var reasons = Dictionary(shared.map { ($0.image.place, $0.reason) }) { first, _ in first }
    for place in going.flatMap(\.places) {
      if let owner = content.places[place], reasons[place] == nil { reasons[place] = owner }
    }
    return reasons.map { DeletionPlan.Kept(place: $0.key, reason: $0.value) }.sorted { $0.place < $1.place }
  }

  var bytes: Int {
    let needed = Set(content.places.keys.map(\.digest)).union(content.blobs)
    var sizes: [Digest: Int] = [:]
    for image in going where content.places[image.place] == nil {
      for part in image.manifests + image.blobs where !needed.contains(part.digest) { sizes[part.digest] = part.size }
    }
    // Each size was checked to be one that a disk can hold, and so is the sum of those of one index.
    return sizes.values.reduce(0) { $0 &+ $1 }
  }
}

extension BlockedImages {
  /// The first pattern that blocks an image under one of its names: under which of them it is deleted nobody can choose.
  fileprivate func rule(blocking image: BundleImage) throws(SealiftError) -> (pattern: String, line: Int)? {
    guard !isEmpty else { return nil }
    for (source, tags) in image.names {
      for name in tags.isEmpty ? [image.destination] : tags.map({ "\(image.destination):\($0)" }) {
        if let rule = try rule(blocking: source, destination: name) { return rule }
      }
    }
    return nil
  }
}
