public import OCI

/// A text in a chart that should be an image reference, and where it stands.
public struct ImageMention: Sendable, Equatable {
  /// The text.
  public let text: String
  /// Where it stands, for messages.
  public let place: String

  /// Makes one.
  public init(_ text: String, at place: String) {
    self.text = text
    self.place = place
  }

  /// The image; `nil` for a text that names none, or one without a tag and a digest.
  public var reference: ImageReference? { try? ImageReference(text) }
}
