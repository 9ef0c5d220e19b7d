/// What belongs to some profiles, or to all: a bundle that goes to several kinds of clusters says what each one is given.
public protocol ProfileMember {
  /// The profiles that it belongs to, sorted; none: all.
  var profiles: [String] { get }
}

extension ProfileMember {
  /// Whether a target of a profile is given it; without a profile, only what belongs to all.
  public func applies(to profile: String?) -> Bool {
    profiles.isEmpty || profile.map { profiles.contains($0) } == true
  }
}

extension BundleIndex.CarriedFile: ProfileMember {}
extension BundleIndex.CarriedObject: ProfileMember {}

extension BundleIndex {
  /// The names of all profiles that something in the bundle belongs to, sorted.
  public var profiles: [String] {
    Set(carriedFiles.flatMap(\.profiles)).union(carriedObjects.flatMap(\.profiles)).sorted()
  }

  /// Whether a text can be a profile's name: a DNS label, which stands on command lines and in names of directories.
  ///
  /// Source: RFC 1123, section 2.1, in lower case.
  public static func isProfile(_ text: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= 63 else { return false }
    let dash = UInt8(ascii: "-")
    return first != dash && last != dash
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), dash: true
        default: false
        }
      }
  }
}
