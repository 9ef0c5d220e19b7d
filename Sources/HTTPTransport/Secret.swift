/// A password, a token or a header that holds one; it shows itself only to code that asks for its value.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The text itself.
  public let value: String

  /// Wraps a text.
  public init(_ value: String) { self.value = value }

  /// Never the text.
  public var description: String { "(secret)" }

  /// Never the text.
  public var debugDescription: String { description }

  /// Shows no members, so that `dump` and string interpolation of what holds a secret stay silent.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
