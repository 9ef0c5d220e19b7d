/// The bounds of one JSON document from outside, and how strictly it is read.
public struct JSONLimits: Sendable {
  /// The greatest nesting of objects and arrays, the outermost counted.
  public var depth: Int
  /// The greatest length of one string, in bytes.
  public var stringBytes: Int
  /// The greatest number of members of one object.
  public var members: Int
  /// The greatest size of all values that are passed over, in bytes.
  public var skippedBytes: Int
  /// Whether all is taken that Go's `encoding/json` takes: names that stand twice (the last one counts), text that is not
  /// UTF-8 and lone surrogates (they become U+FFFD), and numbers of any length.
  public var isLenient: Bool

  /// - Parameters:
  ///   - depth: The greatest nesting. Manifests need 4, image configs 5; nothing real needs 64.
  ///   - stringBytes: The greatest length of one string.
  ///   - members: The greatest number of members of one object.
  ///   - skippedBytes: The greatest size of all values that are passed over.
  ///   - isLenient: Whether all is taken that Go takes: for what others publish, never for what is signed here.
  public init(
    depth: Int = 64, stringBytes: Int = 4 << 20, members: Int = .max, skippedBytes: Int = .max, isLenient: Bool = false
  ) {
    self.depth = depth
    self.stringBytes = stringBytes
    self.members = members
    self.skippedBytes = skippedBytes
    self.isLenient = isLenient
  }
}
