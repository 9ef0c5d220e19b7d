internal import Diagnostics
internal import Digests
internal import OCI

/// The platforms of which the images of a list are wanted.
struct WantedPlatforms: Hashable, Sendable {
  /// Those that were asked for; none for all.
  private let platforms: Set<Platform>

  /// All that there are.
  static let all = WantedPlatforms([])

  init(_ platforms: some Sequence<Platform>) { self.platforms = Set(platforms) }

  /// Whether nothing is left out.
  var areAll: Bool { platforms.isEmpty }

  /// What two wants come to together.
  func union(_ other: WantedPlatforms) -> WantedPlatforms {
    areAll || other.areAll ? .all : WantedPlatforms(platforms.union(other.platforms))
  }

  /// Whether an image of a platform is wanted: a variant narrows down what has the same words before it.
  func contain(_ platform: Platform) -> Bool {
    areAll || platforms.contains(Platform(os: platform.os, architecture: platform.architecture))
  }

  /// The images of a list that are not wanted.
  ///
  /// What says no platform stays; what build tools attach goes with the image that it is about.
  ///
  /// Source: BuildKit, "Image attestation storage".
  func leaveOut(of children: [Descriptor]) -> [Descriptor] {
    if areAll { return [] }
    let left = children.filter { child in
      guard let platform = child.platform, !child.isAttestation else { return false }
      return !contain(platform)
    }
    let digests = Set(left.map(\.digest.description))
    return left + children.filter { $0.isAttestation && digests.contains($0.annotation(Self.subject) ?? "") }
  }

  /// What a list of images lacks of them: one sentence; `nil` for nothing.
  ///
  /// - Parameters:
  ///   - found: The platforms of its images.
  ///   - name: What it is called.
  /// - Throws: `notFound` if it has none of them.
  func lack(of found: [Platform], in name: String) throws(SealiftError) -> String? {
    let present = Set(found.map { Platform(os: $0.os, architecture: $0.architecture) })
    let missing = platforms.subtracting(present).map(\.description).sorted()
    guard !missing.isEmpty, !found.isEmpty else { return nil }
    let text = "\(name) has no image for \(missing.joined(separator: ", "))"
    guard found.contains(where: contain) else {
      let rest = Set(found.map(\.description)).sorted().joined(separator: ", ")
      throw SealiftError(.notFound, "\(text); it has some for \(rest)", nextStep: "ask for other platforms of it")
    }
    return text
  }

  /// As people write them.
  var text: String { platforms.map(\.description).sorted().joined(separator: ", ") }

  private static let subject = "vnd.docker.reference.digest"
}
