internal import BundleFormat
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// Which images of a bundle are brought to a target.
struct ImageChoice: Sendable {
  private let only: [ImagePattern]
  private let except: [ImagePattern]
  private let withReferrers: Bool

  /// - Throws: `usage` for a pattern that is none.
  init(_ options: UnpackOptions) throws(SealiftError) {
    only = try options.only.map { (text) throws(SealiftError) in try ImagePattern(text, option: "--only") }
    except = try options.except.map { (text) throws(SealiftError) in try ImagePattern(text, option: "--except") }
    withReferrers = options.withReferrers
  }

  /// Whether each of these images is wanted. What refers to another one is wanted if that is.
  ///
  /// - Throws: `usage` for a pattern that matches no image: it may be misspelt.
  func wants(_ images: [PublishPlan.Image]) throws(SealiftError) -> [Bool] {
    let asked = try matches(only, "--only", images)
    let refused = try matches(except, "--except", images)
    var wanted = images.indices.map { index in
      images[index].subject == nil && !refused[index] && (only.isEmpty || asked[index])
    }
    guard withReferrers else { return wanted }
    // A referrer can have referrers of its own.
    var present = Set(images.indices.filter { wanted[$0] }.flatMap { images[$0].places })
    var isChanging = true
    while isChanging {
      isChanging = false
      for (index, image) in images.enumerated() where !wanted[index] && !refused[index] {
        guard let subject = image.subject, present.contains(.init(repository: image.repository, digest: subject)) else {
          continue
        }
        wanted[index] = true
        present.formUnion(image.places)
        isChanging = true
      }
    }
    return wanted
  }

  /// Whether one of several patterns matches each of these images.
  private func matches(
    _ patterns: [ImagePattern], _ option: String, _ images: [PublishPlan.Image]
  ) throws(SealiftError) -> [Bool] {
    var matched = images.map { _ in false }
    for pattern in patterns {
      var isUsed = false
      for (index, image) in images.enumerated() where try pattern.matches(image.references) {
        isUsed = true
        matched[index] = true
      }
      guard isUsed else {
        throw SealiftError(
          .usage, "\(option): the pattern '\(pattern.text)' matches no image of the bundle",
          nextStep: "look at the names and destinations that `sealift inspect` lists")
      }
    }
    return matched
  }
}

extension PublishPlan.Image {
  /// What a pattern is matched with: all that it was asked for by, and what it is called relative to the target.
  fileprivate var references: [String] { entry.sources + entry.destinations }

  /// The places of all its manifests.
  var places: [ManifestPlace] { manifests.map { ManifestPlace(repository: repository, digest: $0.digest) } }

  /// What it refers to, if it is a signature or another referrer and nothing else.
  var subject: Digest? {
    let subjects = entry.reasons.compactMap(\.subject)
    return subjects.count == entry.reasons.count ? entry.subject ?? subjects.first : nil
  }
}
