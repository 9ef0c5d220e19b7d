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
    let plain = String(number)
    digits = String(repeating: "0", count: max(3, String(count).count) - plain.count) + plain
  }

  /// Reads the name of a file, without or with its directory.
  ///
  /// - Returns: `nil` unless it ends with a point and three or four digits.
  public init?(path: String) {
    let name = FileSystem.name(of: path)
    guard let point = name.lastIndex(of: "."), point > name.startIndex else { return nil }
    let digits = name[name.index(after: point)...]
    guard 3...4 ~= digits.utf8.count, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    bundle = String(name[..<point])
    self.digits = String(digits)
  }
}
