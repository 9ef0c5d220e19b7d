/// A YAML value as a tree without places, to be made, compared and written.
public enum YAMLValue: Sendable, Equatable {
  /// A scalar that stands without quotes and that some reader takes for a number, a date, a truth value or nothing: it
  /// stays as it is written.
  case plain(String)
  /// Text.
  case string(String)
  case sequence([YAMLValue])
  /// The entries in the order in which they stand; no key twice. A writer sorts them.
  case mapping([Entry])

  /// One entry of a mapping.
  public struct Entry: Sendable, Equatable {
    /// The key, which is always text.
    public var key: String
    /// The value.
    public var value: YAMLValue

    /// Makes an entry.
    public init(_ key: String, _ value: YAMLValue) {
      self.key = key
      self.value = value
    }
  }

  /// Makes a whole number.
  public static func integer(_ value: Int) -> YAMLValue { .plain(String(value)) }

  /// The value under a key, if this is a mapping that has it.
  public subscript(key: String) -> YAMLValue? {
    guard case .mapping(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The text, if this is text.
  public var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The elements, if this is a sequence.
  public var elements: [YAMLValue]? {
    if case .sequence(let elements) = self { elements } else { nil }
  }

  /// The entries, if this is a mapping.
  public var entries: [Entry]? {
    if case .mapping(let entries) = self { entries } else { nil }
  }

  /// The same with the keys of all mappings in the order in which they are written: by their UTF-8 bytes.
  public var sorted: YAMLValue {
    switch self {
    case .plain, .string: self
    case .sequence(let elements): .sequence(elements.map(\.sorted))
    case .mapping(let entries):
      .mapping(
        entries.map { Entry($0.key, $0.value.sorted) }
          .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }
  }
}

extension YAMLValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  /// Makes text.
  public init(stringLiteral text: String) { self = .string(text) }

  /// Makes a sequence.
  public init(arrayLiteral elements: YAMLValue...) { self = .sequence(elements) }

  /// Makes a mapping with the entries in the order in which they stand.
  public init(dictionaryLiteral entries: (String, YAMLValue)...) {
    self = .mapping(entries.map { Entry($0.0, $0.1) })
  }
}

extension YAMLNode {
  /// The same without places: a scalar without quotes stays plain only where some reader takes it for other than text.
  public var value: YAMLValue {
    switch content {
    case .scalar(let text, isPlain: true) where !PlainScalar.isText(text): .plain(text)
    case .scalar(let text, _): .string(text)
    case .sequence(let elements): .sequence(elements.map(\.value))
    case .mapping(let entries): .mapping(entries.map { YAMLValue.Entry($0.key, $0.value.value) })
    }
  }
}
