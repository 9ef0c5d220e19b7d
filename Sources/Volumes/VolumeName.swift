internal import SystemIO

/// The name of one volume of a bundle: the bundle's name, a point, and a number: `NAME.tar.zst.001`.
///
/// Source: `formats/volumes-v1.md`, "Names".
public struct VolumeName: Sendable, Hashable {
  /// The most volumes that a bundle has: all of them can be open at once.
  public static let maximumCount = 3_500

  /// The bundle's name, without a directory.
  public let bundle: String
  /// The volume's number as it is written.
  public let digits: String

  /// The number.
  public var number: Int { Int(digits) ?? 0 }
  /// The whole name.
  public var text: String { "\(bundle).\(digits)" }

  /// - Parameters:
  ///   - number: From 1 on.
  ///   - count: How many volumes there are, which decides how many digits all numbers have.
  public init(_ bundle: String, _ number: Int, of count: Int) {
    self.bundle = bundle
    digits = NameEnd.digits(number, of: count, least: 3)
  }

  /// Reads the name of a file, without or with its directory.
  ///
  /// - Returns: `nil` unless it ends with a point and three or four digits.
  public init?(path: String) {
    guard let (bundle, digits) = NameEnd.split(path), NameEnd.isNumber(digits, of: 3...4) else { return nil }
    self.bundle = bundle
    self.digits = String(digits)
  }
}

/// What the names of volumes and of parity volumes end with.
enum NameEnd {
  /// A number with as many digits as the greatest one has.
  static func digits(_ number: Int, of count: Int, least: Int) -> String {
    let plain = String(number)
    return String(repeating: "0", count: max(least, String(count).count) - plain.count) + plain
  }

  /// The name of a file up to its last point, and what stands behind that.
  static func split(_ path: String) -> (bundle: String, end: Substring)? {
    let name = FileSystem.name(of: path)
    guard let point = name.lastIndex(of: "."), point > name.startIndex else { return nil }
    return (String(name[..<point]), name[name.index(after: point)...])
  }

  /// Whether a text is a number of so many digits.
  static func isNumber(_ text: Substring, of digits: ClosedRange<Int>) -> Bool {
    digits ~= text.utf8.count && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
