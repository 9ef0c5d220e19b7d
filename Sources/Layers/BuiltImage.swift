public import OCI

/// The manifests and configs of an image that was built; its layers are elsewhere.
public struct BuiltImage: Sendable {
  /// A manifest or a config, and its bytes.
  public struct Document: Sendable {
    /// Media type, digest and size of the bytes.
    public let descriptor: Descriptor
    /// The bytes, in canonical JSON.
    public let bytes: [UInt8]
  }

  /// The index or the manifest of the image.
  public let root: Descriptor
  /// All documents, each after those that it names; the root's is the last.
  public let documents: [Document]
}
