/// Whose signatures on a release count.
public enum ReleaseTrust: Sendable {
  /// Those by the keys of these fingerprints, whoever hands out the keys themselves.
  case pinned(Set<String>)
  /// Those by these keys.
  case keys([ReleaseKey])

  /// The fingerprint of the key that signs OpenShift releases: "Red Hat, Inc. (release key 2)".
  ///
  /// Source: https://access.redhat.com/security/team/key.
  public static let redHatFingerprint = "567E347AD0044ADE55BA8A5F199E2F91FD431D51"

  /// What counts where the user says nothing.
  public static let standard = ReleaseTrust.pinned([redHatFingerprint])

  /// The keys that count.
  ///
  /// - Parameter offered: Keys from places that are not trusted, such as the payload itself.
  public func keys(among offered: [ReleaseKey]) -> [ReleaseKey] {
    switch self {
    case .pinned(let fingerprints): offered.filter { fingerprints.contains($0.fingerprint) }
    case .keys(let keys): keys
    }
  }
}
