internal import BundleFormat
internal import Configuration
internal import Diagnostics
internal import OCI
internal import Publishing
internal import Release
internal import Versions
internal import YAML

/// Which releases a request means.
///
/// There is no update graph here: a channel's versions are those between its bounds, which are the first and the last of
/// its minor version where they are not given.
struct ReleaseChoice {
  let platform: PlatformRequest

  init(_ platform: PlatformRequest) { self.platform = platform }

  /// The names of the releases, such as `4.18.1 amd64`.
  func find(in carried: [CarriedImages], _ source: String) throws(SealiftError) -> Set<String> {
    let releases = carried.flatMap(\.index.releases)
    var found: Set<String> = []
    for channel in platform.channels {
      let range = try VersionSpan(channel, platform)
      let chosen = releases.filter { release in
        platform.architectures.contains { $0.rawValue == release.architecture } && range.contains(release.version)
      }
      guard !chosen.isEmpty else {
        let architectures = platform.architectures.map(\.rawValue).joined(separator: ", ")
        throw missing("release of channel '\(channel.name)' for \(architectures) in its range", releases)
      }
      found.formUnion(chosen.map(\.name))
    }
    if let reference = platform.release {
      let chosen = releases.filter { release in
        if let digest = reference.digest { return release.digest == digest }
        return sources(of: release, in: carried).contains { source in
          (source.registry, source.repository, source.tag) == (reference.registry, reference.repository, reference.tag)
        }
      }
      guard !chosen.isEmpty else { throw missing("release \(reference)", releases) }
      found.formUnion(chosen.map(\.name))
    }
    return found
  }

  /// All names that a release was asked for by.
  private func sources(of release: BundleIndex.Release, in carried: [CarriedImages]) -> [ImageReference] {
    let payloads = carried.flatMap(\.images).filter { $0.entry.manifest.digest == release.digest }
    return Set(payloads.flatMap(\.entry.sources)).compactMap { try? ImageReference($0) }
  }

  private func missing(_ what: String, _ releases: [BundleIndex.Release]) -> SealiftError {
    let names = Set(releases.map(\.name)).sorted()
    return platform.position.error(
      "no bundle has a \(what)",
      nextStep: names.isEmpty
        ? "name the bundle that brought it with --bundle"
        : "ask for one that there is: \(names.prefix(8).joined(separator: ", "))")
  }
}

extension BundleIndex.Release {
  /// As reasons name it: `4.18.1 amd64`.
  fileprivate var name: String { "\(version) \(architecture)" }
}

/// The versions of a channel that are meant.
private struct VersionSpan {
  private let channel: ReleaseChannel
  private let series: (major: Int, minor: Int)?

  init(_ channel: ReleaseChannel, _ platform: PlatformRequest) throws(SealiftError) {
    self.channel = channel
    let numbers = channel.name.split(separator: "-").last?.split(separator: ".").map { Int($0) } ?? []
    series = numbers.count == 2 ? numbers[0].flatMap { major in numbers[1].map { (major, $0) } } : nil
    guard series != nil || (channel.minimum != nil && channel.maximum != nil) else {
      throw platform.position.error(
        "the name of channel '\(channel.name)' tells no minor version, so it has no first and last version here",
        nextStep: "give it minVersion and maxVersion")
    }
  }

  func contains(_ text: String) -> Bool {
    guard let version = SemanticVersion(text) else { return false }
    let isCommunity = version.prerelease.contains { $0.description.contains("okd") }
    guard isCommunity == (channel.kind == .okd) else { return false }
    if let minimum = channel.minimum {
      guard !minimum.follows(version) else { return false }
    } else if let series {
      guard (version.major, version.minor) >= (series.major, series.minor) else { return false }
    }
    if let maximum = channel.maximum { return !maximum.precedes(version) }
    return series.map { (version.major, version.minor) <= ($0.major, $0.minor) } ?? false
  }
}
