public import BundleFormat
public import Diagnostics

extension UnpackOptions {
  /// The profile that counts for a bundle; `nil` if only what belongs to all profiles does.
  ///
  /// - Throws: `usage` for a profile that the bundle does not have, and where one is needed and none is named: else a
  ///   managed cluster would be given the objects of its hub.
  public func profile(of index: BundleIndex) throws(SealiftError) -> String? {
    let known = index.profiles
    let names = known.map { "--profile \($0)" }.joined(separator: " or ")
    guard let profile else {
      guard !known.isEmpty, wantsProfileMembers else { return nil }
      throw SealiftError(
        .usage, "the bundle has manifests or files for \(Self.list(known)), and no profile is named",
        nextStep: "pass \(names)")
    }
    guard known.contains(profile) else {
      throw SealiftError(
        .usage, "the bundle has no profile '\(profile)'; it has \(Self.list(known))",
        nextStep: known.isEmpty ? "leave --profile out" : "pass \(names)")
    }
    return profile
  }

  /// Whether anything is asked for of which a profile decides.
  private var wantsProfileMembers: Bool { clusterManifests != nil || files != nil }

  private static func list(_ profiles: [String]) -> String {
    switch profiles.count {
    case 0: "none"
    case 1: "the profile \(profiles[0])"
    default: "the profiles \(profiles.joined(separator: ", "))"
    }
  }
}
