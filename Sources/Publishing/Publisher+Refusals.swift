internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// What a target does not take, where the rest is to be brought.
extension Publisher {
  /// Does something for images; where the run is to go on, these are left out if the target says no.
  func attempt(_ numbers: [Int], in repository: String, _ step: () async throws -> Void) async throws {
    do { try await step() } catch let error as SealiftError {
      guard await canGoOn(after: error, in: repository) else { throw advised(error) }
      for number in numbers { refuse(number, error) }
    }
  }

  /// Whether the rest can be brought without what an error is about, and is to be.
  nonisolated func canGoOn(after error: SealiftError, in repository: String) async -> Bool {
    guard keepsGoing else { return false }
    return await target.isOfOneThing(error, in: repository)
  }

  /// An error that says how to go on without what was refused, if the target takes other things.
  func advised(_ error: SealiftError) -> SealiftError {
    guard !keepsGoing, error.isRefusal, !receipt.blobs.isEmpty || !receipt.manifests.isEmpty else { return error }
    return error.reworded(nextStep: "\(error.nextStep), or pass --keep-going to bring the rest without it")
  }

  /// The images in whose place merged catalogs are there.
  var mergedImages: [PublishPlan.Image] {
    plan.images.enumerated().filter { $1.merged != nil && refused[$0] == nil }.map(\.element)
  }

  /// An error that says what helps, where a target does not take a list of which images are missing.
  static func explained(_ error: SealiftError, _ manifest: Descriptor, _ image: PublishPlan.Image) -> SealiftError {
    guard manifest.mediaType.isIndex, image.rewritten == nil, !image.entry.absent.isEmpty,
      [.protocol, .notFound].contains(error.code)
    else { return error }
    let count = image.entry.absent.count
    let kept = image.entry.platforms.joined(separator: ", ")
    let way =
      switch image.entry.findingReason {
      case nil:
        "pass --rewrite-lists to make a list of what there is, under another digest, or pack again without platforms"
      case .catalog: "pack the catalog again without platforms"
      default: "pack the release again with architectures in place of platforms"
      }
    return error.reworded(
      "\(image.entry.source) was packed in part (\(kept), without \(count) more of its list), and the target takes no "
        + "list of which something is missing: \(error.problem)",
      nextStep: "\(way); or unpack into a registry that takes such lists")
  }

  /// The images that are not there.
  var refusedImages: [BundleImage] { refused.keys.sorted().map { plan.images[$0].entry } }

  /// Whether an image that can still be there needs a blob in a repository.
  func isNeeded(_ blob: PublishPlan.Blob, _ repository: String) -> Bool {
    !refused.isEmpty ? !users(of: blob, in: repository).isEmpty : true
  }

  /// Leaves out the images that need a blob in a repository.
  func refuse(_ blob: PublishPlan.Blob, _ repository: String, _ error: SealiftError) {
    for number in users(of: blob, in: repository) { refuse(number, error) }
  }

  /// Leaves out a tag of an image that is there.
  func refuse(_ name: String, _ image: PublishPlan.Image, _ error: SealiftError) {
    let refusal = Refusal(name: name, source: image.entry.source, problem: error.problem)
    receipt.refused.append(refusal)
    reporter.report(.warning("\(refusal.text); it is left out"))
  }

  /// Leaves out what is nothing without an image that was refused, before anything is tagged: what refers to it, and a
  /// release of which it is a part. A catalog stays, as it stays where an image is missing at its source.
  func refuseDependants() {
    var isChanging = !refused.isEmpty
    while isChanging {
      let before = refused.count
      let (gone, releases) = (placesGone, releasesBroken)
      for (number, image) in plan.images.enumerated() where refused[number] == nil {
        if let subject = image.subject, let name = gone[.init(repository: image.repository, digest: subject)] {
          refuse(number, Self.dependency("it refers to \(name)"))
        } else if let (name, release) = image.releases.lazy.compactMap({ r in releases[r].map { ($0, r) } }).first {
          refuse(number, Self.dependency("\(name) is a part of release \(release)"))
        }
      }
      isChanging = refused.count > before
    }
  }

  private static func dependency(_ clause: String) -> SealiftError {
    SealiftError(.incomplete, "\(clause), which the target did not take", nextStep: "look at why that was refused")
  }

  private func refuse(_ number: Int, _ error: SealiftError) {
    guard refused[number] == nil else { return }
    refused[number] = error
    refuse(plan.images[number].name, plan.images[number], error)
  }

  private func users(of blob: PublishPlan.Blob, in repository: String) -> [Int] {
    blob.images.filter { refused[$0] == nil && plan.images[$0].repository == repository }
  }

  /// The manifests of refused images that no other image has, each with the image's name.
  private var placesGone: [ManifestPlace: String] {
    var gone: [ManifestPlace: String] = [:]
    for number in refused.keys.sorted() {
      for place in plan.images[number].places { gone[place] = plan.images[number].name }
    }
    for (number, image) in plan.images.enumerated() where refused[number] == nil && image.subject == nil {
      for place in image.places { gone[place] = nil }
    }
    return gone
  }

  /// The releases of which a part is refused, each with the name of that.
  private var releasesBroken: [String: String] {
    var broken: [String: String] = [:]
    for number in refused.keys.sorted() {
      for reason in plan.images[number].entry.reasons {
        if case .component(_, of: let release) = reason { broken[release] = plan.images[number].name }
      }
    }
    return broken
  }
}

extension PublishPlan.Image {
  /// The releases whose payload it is.
  fileprivate var releases: [String] {
    entry.reasons.compactMap { if case .release(let release) = $0 { release } else { nil } }
  }
}
