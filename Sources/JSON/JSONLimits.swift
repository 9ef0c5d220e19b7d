/// The bounds of one JSON document from outside.
public struct JSONLimits: Sendable {
  /// The greatest nesting of objects and arrays.
  public var depth: Int
  /// The greatest length of one string, in bytes.
  public var stringBytes: Int

  /// - Parameters:
  ///   - depth: The greatest nesting. Manifests need 4, image configs 5; nothing real needs 64.
  ///   - stringBytes: The greatest length of one string.
  public init(depth: Int = 64, stringBytes: Int = 4 << 20) {
    self.depth = depth
    self.stringBytes = stringBytes
  }
}
