/// The environment variables of whose values a container composes references to images.
///
/// Source: `formats/manifests.md`, "Lifted out of images".
public struct ImageVariables: Sendable, Equatable {
  /// The one whose value is the registry's host, and perhaps a path below it.
  public var host: String
  /// The one whose value is the path below that.
  public var path: String?

  /// Names them.
  public init(host: String, path: String? = nil) {
    self.host = host
    self.path = path
  }

  /// What the names of the variables end in whose values are the last part of a path, and a tag or digest.
  static let repositorySuffix = "_REPO"
  static let tagSuffix = "_TAG"
  /// What the names of variables begin with whose values are whole references, by a convention of operators.
  static let relatedImagePrefix = "RELATED_IMAGE_"
}
