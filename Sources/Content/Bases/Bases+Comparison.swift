public import BundleFormat
internal import Digests
internal import OCI
internal import Versions

/// What one target lacks of what is packed.
public struct TargetShare: Sendable {
  /// The target, or the bundle that was named in its place.
  public let target: String
  /// How many blobs behind the head it lacks.
  public let blobs: Int
  /// Their bytes.
  public let bytes: Int
}

/// What a base has brought and the configuration does not ask for any more.
public struct Vanished: Sendable {
  /// The path by which the base was named.
  public let base: String
  /// Releases, packages and images, as people call them.
  public let names: [String]
}

extension Bases {
  /// What each target lacks, whatever the others have.
  ///
  /// - Parameter index: That of the new bundle.
  public func shares(of index: BundleIndex) -> [TargetShare] {
    guard isForAll else { return [] }
    let blobs = index.blobs.map(\.descriptor) + index.held.map(\.descriptor)
    return targets.indices.map { target in
      let lacking = blobs.filter { !has($0, at: target) }
      return TargetShare(target: targets[target], blobs: lacking.count, bytes: lacking.reduce(0) { $0 + $1.size })
    }
  }

  /// What is not packed any more, and is still at the target, by base.
  public func vanished(from index: BundleIndex) -> [Vanished] {
    let releases = Set(index.releases.map { BaseFacts.Release(version: $0.version, architecture: $0.architecture) })
    let packages = Set(index.packages)
    let images = Set(index.images.flatMap(\.destinations))
    return facts.compactMap { facts in
      let names =
        facts.releases.filter { !releases.contains($0) }.map { "release \($0.version) (\($0.architecture))" }
        + facts.packages.filter { !packages.contains($0) }.map { "package \($0.name) of \($0.catalog)" }
        + facts.images.filter { !images.contains($0.destination) }.map { "image \($0.source)" }
      return names.isEmpty ? nil : Vanished(base: facts.path, names: names)
    }
  }

  /// What a person should know who packs an update: one sentence each.
  public func notes(on index: BundleIndex) -> [String] {
    facts.indices.flatMap { number in
      [later(facts[number], than: index), newer(facts[number], than: index), foreign(number, to: index)]
        .compactMap(\.self)
    }
  }

  private func later(_ facts: BaseFacts, than index: BundleIndex) -> String? {
    guard facts.base.created > index.created else { return nil }
    return "\(facts.path) was made at \(facts.base.created), and this bundle counts as made before it, at "
      + "\(index.created): look at the clock, or at SOURCE_DATE_EPOCH"
  }

  private func newer(_ facts: BaseFacts, than index: BundleIndex) -> String? {
    let packed = index.releases.compactMap { SemanticVersion($0.version) }.max { $0.precedes($1) }
    let brought = facts.releases.compactMap { SemanticVersion($0.version) }.max { $0.precedes($1) }
    guard let packed, let brought, packed.precedes(brought) else { return nil }
    return "\(facts.path) has brought release \(brought), which is newer than \(packed), the newest that is packed"
  }

  private func foreign(_ number: Int, to index: BundleIndex) -> String? {
    let blobs = index.blobs.lazy.map(\.descriptor)
    let held = index.held.lazy.map(\.descriptor)
    guard !held.contains(where: { has($0, from: number) }), !blobs.contains(where: { has($0, from: number) }) else {
      return nil
    }
    return "\(facts[number].path) has nothing in common with what is packed: the bundle does not rest on it"
  }
}
