/// What a value must be: its name in help screens, how it is read, and what a shell offers for it.
public struct ValueType<Value: Sendable>: Sendable {
  /// The placeholder in help screens, in capitals.
  let name: String
  /// What the value must be, as the end of "must be …".
  let expectation: String
  let completion: Completion
  /// The value, or `nil` if the text is not one.
  let read: @Sendable (String) -> Value?
}

extension ValueType {
  /// A value that the caller reads.
  ///
  /// - Parameters:
  ///   - name: The placeholder in help screens.
  ///   - expectation: What it must be, as the end of "must be …".
  ///   - read: The value, or `nil` if the text is not one.
  public static func custom(
    _ name: String, _ expectation: String, read: @escaping @Sendable (String) -> Value?
  ) -> ValueType {
    ValueType(name: name, expectation: expectation, completion: .nothing, read: read)
  }
}

extension ValueType where Value == String {
  /// Any text that is not empty.
  public static func text(_ name: String) -> ValueType {
    ValueType(name: name, expectation: "some text", completion: .nothing) { $0 }
  }

  /// The path of a file.
  public static func file(_ name: String = "FILE") -> ValueType {
    ValueType(name: name, expectation: "a path", completion: .file) { $0 }
  }

  /// The path of a directory.
  public static func directory(_ name: String = "DIR") -> ValueType {
    ValueType(name: name, expectation: "a path", completion: .directory) { $0 }
  }

  /// One of a few words.
  public static func choice(_ name: String, _ words: [String]) -> ValueType {
    ValueType(name: name, expectation: "one of \(words.joined(separator: ", "))", completion: .choice(words)) {
      words.contains($0) ? $0 : nil
    }
  }
}

extension ValueType where Value == Int {
  /// A whole number in decimal digits.
  public static func integer(_ name: String = "N", in range: ClosedRange<Int>) -> ValueType {
    let expectation = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return ValueType(name: name, expectation: expectation, completion: .nothing) { text in
      guard let number = decimal(text[...]), range.contains(number) else { return nil }
      return number
    }
  }

  /// A number of bytes, with or without a unit.
  ///
  /// Source: GNU coreutils, "Block size": `K` and `KiB` are 1024, `KB` is 1000.
  public static func size(_ name: String = "SIZE", in range: ClosedRange<Int>) -> ValueType {
    let limits = "from \(spelled(range.lowerBound)) to \(spelled(range.upperBound))"
    return ValueType(name: name, expectation: "a size \(limits), such as 8MiB", completion: .nothing) { text in
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      guard let number = decimal(digits), let unit = multiplier(text[digits.endIndex...]) else { return nil }
      let (size, overflow) = number.multipliedReportingOverflow(by: unit)
      return !overflow && range.contains(size) ? size : nil
    }
  }

  /// A number of bytes, or one of some names that stand for one.
  public static func size(
    _ name: String = "SIZE", in range: ClosedRange<Int>, named: [(name: String, bytes: Int)]
  ) -> ValueType {
    let plain = size(name, in: range)
    let names = named.map(\.name)
    return ValueType(
      name: name, expectation: "\(plain.expectation), or one of \(names.joined(separator: ", "))",
      completion: .choice(names)
    ) { text in
      named.first { $0.name == text }?.bytes ?? plain.read(text)
    }
  }

  private static func decimal(_ digits: Substring) -> Int? {
    digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
  }

  private static func multiplier(_ unit: Substring) -> Int? {
    let unit = unit.lowercased()
    if unit.isEmpty || unit == "b" { return 1 }
    guard let power = unit.first.flatMap({ Array("kmgt").firstIndex(of: $0) }) else { return nil }
    let base: Int
    switch unit.dropFirst() {
    case "", "ib": base = 1024
    case "b": base = 1000
    default: return nil
    }
    return (0...power).reduce(1) { result, _ in result * base }
  }

  /// The size in the largest unit that leaves it whole, in a form that `size` reads.
  private static func spelled(_ size: Int) -> String {
    let names = ["B", "KiB", "MiB", "GiB", "TiB"]
    let power = size > 0 ? min(size.trailingZeroBitCount / 10, names.count - 1) : 0
    return "\(size >> (10 * power))\(names[power])"
  }
}

extension ValueType where Value == Duration {
  /// A length of time, as seconds or with units.
  public static func duration(_ name: String = "DURATION", upTo hours: Int) -> ValueType {
    let expectation = "a time of at most \(hours) hours, such as 90s, 10m or 1h30m"
    return ValueType(name: name, expectation: expectation, completion: .nothing) { text in
      guard let seconds = seconds(text), seconds <= hours * 3600 else { return nil }
      return .seconds(seconds)
    }
  }

  private static func seconds(_ text: String) -> Int? {
    if let seconds = Int(text), text.first?.isNumber == true { return seconds }
    let parts = /(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?/
    guard !text.isEmpty, let match = text.wholeMatch(of: parts) else { return nil }
    let numbers = [match.1, match.2, match.3].map { $0.flatMap { Int($0) } ?? 0 }
    return numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
  }
}

extension ValueType where Value == Bool {
  /// `true` or `false`.
  static var boolean: ValueType {
    ValueType(name: "BOOL", expectation: "true or false", completion: .choice(["true", "false"])) { text in
      switch text {
      case "true": true
      case "false": false
      default: nil
      }
    }
  }
}
