public import Diagnostics

/// An OCI layout as a user names it, and perhaps one image in it: `oci:DIR[:NAME]`.
///
/// The first colon after `DIR` separates, so that `NAME` may hold colons and slashes and `DIR` no colon, as in skopeo.
public struct OCILayoutAddress: Hashable, Sendable, CustomStringConvertible {
  /// What every address begins with.
  public static let prefix = "oci:"

  /// The directory.
  public let path: String
  /// The image's `org.opencontainers.image.ref.name`; `nil` stands for all images.
  public let name: String?

  /// Reads an address.
  ///
  /// - Throws: `usage`.
  public init(_ text: String) throws(SealiftError) {
    guard text.hasPrefix(Self.prefix) else { throw Self.invalid(text, "does not begin with oci:") }
    let parts = text.dropFirst(Self.prefix.count).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first, !path.isEmpty else { throw Self.invalid(text, "names no directory") }
    self.path = String(path)
    name = parts.count > 1 ? String(parts[1]) : nil
    guard name != "" else { throw Self.invalid(text, "has an empty image name") }
  }

  /// `oci:DIR[:NAME]`.
  public var description: String { Self.prefix + path + (name.map { ":\($0)" } ?? "") }

  private static func invalid(_ text: String, _ problem: String) -> SealiftError {
    SealiftError(.usage, "'\(text)' \(problem)", nextStep: "write it as oci:DIR or oci:DIR:NAME")
  }
}
