/// The bounds of one JSON document from outside.
public struct JSONLimits: Sendable {
  /// The greatest nesting of objects and arrays, the outermost counted.
  public var depth: Int
  /// The greatest length of one string, in bytes.
  public var stringBytes: Int
  /// The greatest number of members of one object.
  public var members: Int
  /// The greatest size of all values that are passed over, in bytes.
  public var skippedBytes: Int

  /// - Parameters:
  ///   - depth: The greatest nesting. Manifests need 4, image configs 5; nothing real needs 64.
  ///   - stringBytes: The greatest length of one string.
  ///   - members: The greatest number of members of one object.
  ///   - skippedBytes: The greatest size of all values that are passed over.
  public init(depth: Int = 64, stringBytes: Int = 4 << 20, members: Int = .max, skippedBytes: Int = .max) {
    self.depth = depth
    self.stringBytes = stringBytes
    self.members = members
    self.skippedBytes = skippedBytes
  }
}
