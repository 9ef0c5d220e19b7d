/// A processor architecture for which OpenShift is released; the raw value is its name in Go and in Cincinnati.
public enum ReleaseArchitecture: String, Sendable, CaseIterable {
  case amd64
  case arm64
  case ppc64le
  case s390x
  /// One payload that holds all of the others.
  case multi

  /// The name in the tags of release images: `4.18.1-x86_64`.
  public var tagName: String {
    switch self {
    case .amd64: "x86_64"
    case .arm64: "aarch64"
    case .ppc64le, .s390x, .multi: rawValue
    }
  }
}
