public import Diagnostics

/// A SHA-256 content digest, `sha256:<64 lower-case hex digits>`; it exists only if it is valid.
///
/// Source: OCI image-spec, descriptor.md, "Digests". Other algorithms are refused by name.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
  // Four big-endian words compare and hash faster than an array, and need no heap memory.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The number of bytes in a digest.
  public static let byteCount = 32
  /// The number of characters in the text form.
  public static let textCount = 71

  /// Makes a digest from its 32 bytes.
  ///
  /// - Returns: `nil` unless there are exactly 32.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Digest.byteCount else { return nil }
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// Reads the text form.
  ///
  /// - Throws: `protocol` for anything but `sha256:` and 64 lower-case hex digits.
  public init(_ text: String) throws(SealiftError) {
    var text = text
    let parsed = text.withUTF8 { Digest(utf8: UnsafeRawBufferPointer($0)) }
    guard let parsed else { throw Digest.invalid(text) }
    self = parsed
  }

  /// Reads 64 hex digits.
  ///
  /// - Returns: `nil` unless there are exactly 64, in lower case.
  public init?(hex: some StringProtocol) {
    var text = "sha256:" + hex
    guard let parsed = text.withUTF8({ Digest(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = parsed
  }

  /// Reads the text form from UTF-8 bytes, without making a string.
  public init?(utf8 text: UnsafeRawBufferPointer) {
    let prefix: StaticString = "sha256:"
    guard text.count == Digest.textCount else { return nil }
    for index in 0..<prefix.utf8CodeUnitCount where text[index] != prefix.utf8Start[index] { return nil }
    guard let first = Digest.word(text, at: 7), let second = Digest.word(text, at: 23),
      let third = Digest.word(text, at: 39), let fourth = Digest.word(text, at: 55)
    else { return nil }
    words = (first, second, third, fourth)
  }

  /// What 16 hex digits say.
  private static func word(_ text: UnsafeRawBufferPointer, at start: Int) -> UInt64? {
    var word: UInt64 = 0
    for digit in text[start..<start + 16] {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): word = word << 4 | UInt64(digit &- UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): word = word << 4 | UInt64(digit &- UInt8(ascii: "a") &+ 10)
      default: return nil
      }
    }
    return word
  }

  /// The 64 hex digits.
  public var hex: String {
    String(unsafeUninitializedCapacity: 64) { out in
      var position = 0
      for word in [words.0, words.1, words.2, words.3] {
        for shift in stride(from: 60, through: 0, by: -4) {
          let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 0xF
          out[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
          position += 1
        }
      }
      return position
    }
  }

  /// The text form, `sha256:<hex>`.
  public var description: String { "sha256:" + hex }

  /// The tag that tools use where a digest must stand in a tag: `sha256-<hex>`.
  public var tag: String { "sha256-" + hex }

  /// The same 32 bytes.
  public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  /// The order of the text forms.
  public static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

  /// Feeds all bytes: a stranger's list can hold any number of digests that begin alike.
  public func hash(into hasher: inout Swift.Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }

  private static func invalid(_ text: String) -> SealiftError {
    let algorithm = text.prefix { $0 != ":" }
    guard algorithm != text, algorithm != "sha256", text.count < 256 else {
      return SealiftError(
        .protocol, "'\(text.prefix(100))' is not a digest",
        nextStep: "write it as sha256: and 64 lower-case hex digits")
    }
    return SealiftError(
      .protocol, "digest '\(text)' uses \(algorithm), and only sha256 is supported",
      nextStep: "ask the image's publisher for a sha256 digest")
  }
}
