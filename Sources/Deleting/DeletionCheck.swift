internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Registry
internal import SystemIO

/// Makes sure, before anything is deleted, that nothing at the target needs what a list names, but what the list knows.
///
/// A registry takes all tags of a manifest away with it, whoever has set them: so every tag of every repository is looked
/// at.
struct DeletionCheck: Sendable {
  /// What the tags of the target are found to be.
  struct Findings: Sendable {
    /// Lists of referrers under the tags of what is deleted, which only list what is deleted too.
    var lists: Set<ManifestPlace> = []
    /// What speaks against deleting, one sentence each.
    var objections: [String] = []
  }

  let client: RegistryClient
  let kept: KeptContent
  let parallel: Int

  private let doomed: Set<ManifestPlace>
  private let listed: [String: Set<Digest>]

  init(_ items: [DeletionItem], _ client: RegistryClient, keeping kept: KeptContent, parallel: Int) {
    self.client = client
    self.kept = kept
    self.parallel = parallel
    doomed = Set(items.flatMap(\.places)).subtracting(kept.places.keys)
    var listed: [String: Set<Digest>] = [:]
    for item in items {
      for tag in item.tags { listed["\(item.place.repository):\(tag)", default: []].insert(item.place.digest) }
    }
    self.listed = listed
  }

  /// Looks at all tags.
  func run(_ reporter: any Reporter) async throws -> Findings {
    let repositories = Set(doomed.map(\.repository)).sorted()
    reporter.report(.phase(.check, bytes: 0, items: repositories.count))
    var findings = Findings()
    for repository in repositories {
      let collector = Collector()
      let tags = try await client.tags(in: repository)
      try await tags.forEachConcurrently(limit: parallel) { tag in
        if let finding = try await look(at: tag, in: repository) { await collector.add(finding) }
      }
      findings.lists.formUnion(await collector.lists.map { ManifestPlace(repository: repository, digest: $0) })
      findings.objections += await collector.objections.sorted()
      reporter.report(.finished(item: repository, outcome: .present))
    }
    return findings
  }

  private enum Finding: Sendable {
    case list(Digest)
    case objection(String)
  }

  private actor Collector {
    var lists: [Digest] = []
    var objections: [String] = []

    func add(_ finding: Finding) {
      switch finding {
      case .list(let digest): lists.append(digest)
      case .objection(let text): objections.append(text)
      }
    }
  }

  private func look(at tag: String, in repository: String) async throws -> Finding? {
    let name = "\(repository):\(tag)"
    guard let digest = try await client.hasManifest(.tag(tag), in: repository) else { return nil }
    if kept.tags[name]?.contains(digest) == true { return nil }
    let listed = listed[name] ?? []
    if isDoomed(digest, in: repository) {
      // The image that moved aside for the list of its referrers.
      if listed.contains(digest) || tag.hasPrefix(digest.tag) { return nil }
      return .objection("\(name) stands for \(digest) too, and the list does not know that")
    }
    // What a receipt explains stays, whatever stood there.
    if kept.places[ManifestPlace(repository: repository, digest: digest)] != nil { return nil }
    if !listed.contains(where: { tag == $0.tag }),
      let expected = listed.sorted().first(where: { isDoomed($0, in: repository) })
    {
      return .objection("\(name) stood for \(expected), and stands for \(digest) now")
    }
    return try await lookInside(digest, name, tag, in: repository)
  }

  /// Whether something that stays consists of what is deleted.
  private func lookInside(_ digest: Digest, _ name: String, _ tag: String, in repository: String) async throws
    -> Finding?
  {
    guard let manifest = try await client.manifest(.digest(digest), in: repository)?.manifest else { return nil }
    let parts = manifest.children.map(\.digest)
    guard let part = parts.first(where: { isDoomed($0, in: repository) }) else { return nil }
    let isList = doomed.contains { $0.repository == repository && $0.digest.tag == tag }
    if isList { return parts.allSatisfy { isDoomed($0, in: repository) } ? .list(digest) : nil }
    return .objection("\(name) consists of \(part) too, and the list does not know that")
  }

  private func isDoomed(_ digest: Digest, in repository: String) -> Bool {
    doomed.contains(ManifestPlace(repository: repository, digest: digest))
  }
}
