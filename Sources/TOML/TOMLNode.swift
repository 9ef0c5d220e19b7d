public import Diagnostics

/// A value of a TOML file that knows where it stands.
public struct TOMLNode: Sendable {
  /// The shapes of a value.
  public enum Content: Sendable, Equatable {
    case string(String)
    case boolean(Bool)
    /// A number or a date, as it is written.
    case other(String)
    case array([TOMLNode])
    /// The entries in the order in which they stand; no key twice.
    case table([Entry])
  }

  /// One entry of a table.
  public struct Entry: Sendable, Equatable {
    /// The key.
    public let key: String
    /// The value, which knows the line of the key.
    public let value: TOMLNode
  }

  /// What it is.
  public let content: Content
  /// The file, as the user knows it.
  public let source: String
  /// The line on which it begins, from 1.
  public let line: Int

  /// `FILE:LINE`.
  public var place: String { "\(source):\(line)" }

  /// The value under a key, if this is a table that has it.
  public subscript(key: String) -> TOMLNode? {
    guard case .table(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The text of a string.
  ///
  /// - Throws: `configuration`, with the place, for anything else; so do the others.
  public func string() throws(SealiftError) -> String {
    guard case .string(let text) = content else { throw unexpected("text in quotes") }
    return text
  }

  /// `true` or `false`.
  public func bool() throws(SealiftError) -> Bool {
    guard case .boolean(let value) = content else { throw unexpected("true or false, without quotes,") }
    return value
  }

  /// The elements of an array.
  public func elements() throws(SealiftError) -> [TOMLNode] {
    guard case .array(let elements) = content else { throw unexpected("an array") }
    return elements
  }

  /// The entries of a table.
  public func entries() throws(SealiftError) -> [Entry] {
    guard case .table(let entries) = content else { throw unexpected("a table") }
    return entries
  }

  /// An error that begins with the place.
  ///
  /// - Parameters:
  ///   - problem: One sentence without a full stop.
  ///   - nextStep: By default, to correct the line.
  public func error(_ problem: String, nextStep: String? = nil) -> SealiftError {
    SealiftError(.configuration, "\(place): \(problem)", nextStep: nextStep ?? "correct line \(line) of \(source)")
  }

  private func unexpected(_ wanted: String) -> SealiftError {
    error("\(wanted) is wanted here, and this is \(shape)")
  }

  private var shape: String {
    switch content {
    case .string(let text): "'\(text.prefix(40))'"
    case .boolean(let value): "\(value)"
    case .other(let text): text
    case .array: "an array"
    case .table: "a table"
    }
  }
}

extension TOMLNode: Equatable {
  /// Whether two values say the same, wherever they stand.
  public static func == (a: TOMLNode, b: TOMLNode) -> Bool { a.content == b.content }
}
