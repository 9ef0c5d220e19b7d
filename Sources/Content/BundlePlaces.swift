public import BundleFormat
public import Diagnostics
internal import Parity
internal import Signing
internal import SystemIO
public import Volumes

/// What a user names as a bundle: its file, standard input, or its volumes.
public struct BundlePlaces: Sendable, ExpressibleByStringLiteral {
  /// A bundle's path or name, `-`, or volumes and directories that hold some.
  public var paths: [String]
  /// Asks for volumes that are not there; `nil` where nobody can be asked.
  public var prompt: (any VolumePrompt)?

  /// Makes places.
  public init(_ paths: [String], prompt: (any VolumePrompt)? = nil) {
    self.paths = paths
    self.prompt = prompt
  }

  /// One place.
  public init(_ path: String) { paths = [path] }

  /// One place.
  public init(stringLiteral path: String) { self.init(path) }

  /// Whether the bundle comes from standard input.
  public var isStandardInput: Bool { paths == ["-"] }

  /// Opens the bundle; see `openBundle`.
  public func open(_ trust: TrustOptions, _ reporter: any Reporter) throws(SealiftError) -> any BundleMedium {
    try openBundle(paths, trust.policyOfLists, asking: prompt) { reporter.report(.warning($0)) }
  }
}

extension TrustOptions {
  /// The policy that lists of volumes must satisfy: that of the bundle; where no key is named, any list is taken for what
  /// it is, a help to find the volumes.
  func policyOfLists() throws(SealiftError) -> TrustPolicy {
    try keys.isEmpty ? TrustPolicy(keys: [], allowUnsigned: true) : policy()
  }
}
