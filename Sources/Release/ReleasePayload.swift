public import Versions

/// What a release payload holds that a mirror needs.
public struct ReleasePayload: Sendable {
  /// The version.
  public let version: SemanticVersion
  /// The architecture.
  public let architecture: ReleaseArchitecture
  /// The images of the release.
  public let references: ImageReferences
  /// Keys and stores of signatures, if it names any.
  public let verification: PayloadVerification?
  /// The boot images, if it names any.
  public let bootImages: PayloadBootImages?

  /// Makes one of parts that belong together.
  public init(
    architecture: ReleaseArchitecture, references: ImageReferences, verification: PayloadVerification?,
    bootImages: PayloadBootImages?
  ) {
    version = references.version
    self.architecture = architecture
    self.references = references
    self.verification = verification
    self.bootImages = bootImages
  }

  /// What the release is called in tags and on the disk: `4.18.1-x86_64`.
  public var tag: String { "\(version)-\(architecture.tagName)" }
}
