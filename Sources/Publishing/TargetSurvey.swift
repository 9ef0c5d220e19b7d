internal import BundleFormat
internal import Catalog
internal import CatalogImages
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// Looks at what the tags of a plan stand for, before anything moves.
struct TargetSurvey: Sendable {
  let plan: PublishPlan
  let index: BundleIndex
  /// Holds what lies in the head.
  let store: MetadataStore
  /// The target; it is only read.
  let target: any ImageSource
  /// Reads the catalogs that are there.
  let catalogs: CatalogImageReader
  let parallel: Int
  /// Whether a tag that the target does not tell is left to be found out when it is set.
  let passesOver: Bool

  /// One name that an image is to have.
  private struct Wanted: Sendable {
    let image: PublishPlan.Image
    let tag: String

    var name: String { "\(image.repository):\(tag)" }
    var digest: Digest { image.root.digest }
  }

  /// Finds the tags that stand for something else now.
  ///
  /// - Returns: Losses first, sorted by name.
  /// - Throws: What the target throws when it is asked for a tag.
  func run() async throws -> [Replacement] {
    let wanted = plan.images.flatMap { image in
      image.entry.tags.filter { image.isReplacedAt($0) }.map { Wanted(image: image, tag: $0) }
    }
    let found = Monitor([Replacement]())
    try await wanted.forEachConcurrently(limit: parallel) { wanted in
      guard let standing = try await standing(wanted), standing != wanted.digest else { return }
      let replacement = await compare(wanted, standing)
      found.withLock { $0.append(replacement) }
    }
    return found.withLock { $0 }.sorted { ($0.isLoss ? 0 : 1, $0.name) < ($1.isLoss ? 0 : 1, $1.name) }
  }

  /// What a name stands for.
  private func standing(_ wanted: Wanted) async throws -> Digest? {
    let repository = wanted.image.repository
    do {
      return try await target.digest(of: wanted.tag, in: repository)
    } catch let error as SealiftError where passesOver && error.code == .network {
      guard let registry = target as? any ImageTarget, await registry.isOfOneThing(error, in: repository) else {
        throw error
      }
      return nil
    }
  }

  private func repository(of wanted: Wanted) -> ImageRepository { ImageRepository(wanted.image.repository, of: target) }

  /// Tells what there is to know of both. What cannot be read of the one that is there never stops a run.
  private func compare(_ wanted: Wanted, _ standing: Digest) async -> Replacement {
    var replacement = Replacement(name: wanted.name, from: standing, to: wanted.digest)
    if wanted.image.merged != nil {
      (replacement.isMerged, replacement.loss) = (true, .packages([]))
      return replacement
    }
    let packages = index.catalogs.first { $0.digest == wanted.image.entry.manifest.digest }?.packages.map(\.name)
    do {
      guard let root = try await repository(of: wanted).manifest(.digest(standing)) else {
        throw SealiftError(.notFound, "\(standing) is not there", nextStep: "look at the target")
      }
      replacement.isStepBack = try await isStepBack(from: root, wanted)
      if let packages {
        replacement.loss = .packages(try await packagesOf(root, wanted).subtracting(packages).sorted())
      }
    } catch {
      if packages != nil { replacement.loss = .unknown((error as? SealiftError)?.problem ?? "\(error)") }
    }
    return replacement
  }

  private func packagesOf(_ root: FetchedManifest, _ wanted: Wanted) async throws -> Set<String> {
    let image = try await CatalogImage(root, in: repository(of: wanted), name: wanted.name)
    return Set(try await catalogs.read(image, keeping: .facts).sortedPackages.map(\.name))
  }

  /// Whether what comes was made before what is there.
  private func isStepBack(from root: FetchedManifest, _ wanted: Wanted) async throws -> Bool? {
    guard let before = try await repository(of: wanted).created(root),
      let after = try store.created(wanted.image.root), before != after
    else { return nil }
    return after < before
  }
}

extension PublishPlan.Image {
  /// Whether something that it does not replace may not stand at one of its tags.
  ///
  /// What stands at the tag of an image's own digest is a list of what refers to it: the image moves aside.
  fileprivate func isReplacedAt(_ tag: String) -> Bool { tag != root.digest.tag }
}

extension ImageSource {
  /// What a tag stands for.
  func digest(of tag: String, in repository: String) async throws -> Digest? {
    if let target = self as? any ImageTarget { return try await target.hasManifest(.tag(tag), in: repository) }
    if let layout = self as? OCILayout { return layout.digest(named: OCILayout.name(of: tag, in: repository)) }
    do {
      return try await manifest(.tag(tag), in: repository)?.descriptor.digest
    } catch let error as SealiftError where error.code == .corrupt {
      // What is damaged is written anew, and nobody could have used it.
      return nil
    }
  }
}

extension ImageRepository {
  /// When an image was made, as its config says it: `YYYY-MM-DDThh:mm:ss`.
  ///
  /// - Returns: `nil` for what is no image or does not say it in UTC.
  fileprivate func created(_ root: FetchedManifest) async throws -> String? {
    let image = try await image(of: root, of: path)
    guard image.config.isSmallMetadata else { return nil }
    return ImageConfig.created(try await config(image.config, of: path))
  }
}

extension MetadataStore {
  /// When an image was made whose manifests and configs are here, of the same platform.
  fileprivate func created(_ root: Descriptor) throws(SealiftError) -> String? {
    var manifest = try manifest(root).manifest
    // Those that are left out are not here.
    if case .index(let all) = manifest.content {
      var children: [Descriptor] = []
      for child in all where try bytes(child.digest) != nil { children.append(child) }
      guard let child = children.preferredImage else { return nil }
      manifest = try self.manifest(child).manifest
    }
    guard case .image(let config, _) = manifest.content, let bytes = try bytes(config.digest) else { return nil }
    return ImageConfig.created(bytes)
  }
}
