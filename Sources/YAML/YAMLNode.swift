/// A YAML value as a tree that knows where each part stands. Scalars stay as they are written: nothing is resolved.
public struct YAMLNode: Sendable {
  /// The shapes of a value.
  public enum Content: Sendable {
    /// Text, and whether it stands without quotes: only then can it mean `true`, a number or nothing.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    /// The entries in the order in which they stand; no key twice.
    case mapping([Entry])
  }

  /// One entry of a mapping.
  public struct Entry: Sendable {
    /// The key.
    public let key: String
    /// Whether the key stands without quotes.
    public let isPlainKey: Bool
    /// Where the key stands.
    public let position: YAMLPosition
    /// The value.
    public let value: YAMLNode
  }

  /// What it is.
  public let content: Content
  /// Where it begins.
  public let position: YAMLPosition
  /// Of a document: the first key that stands twice in one of its mappings; only where that is no error.
  public internal(set) var repeatedKey: String?

  /// The line on which it begins, from 1.
  public var line: Int { position.line }
}
