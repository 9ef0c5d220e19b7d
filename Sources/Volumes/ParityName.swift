internal import SystemIO

/// The name of a parity volume of a bundle: the bundle's name, a point, `p` and a number: `NAME.tar.zst.p01`.
///
/// Source: `formats/parity-v1.md`, "Names".
public struct ParityName: Sendable, Hashable {
  /// The bundle's name, without a directory.
  public let bundle: String
  /// The number as it is written.
  public let digits: String

  /// The number, from 1 on.
  public var number: Int { Int(digits) ?? 0 }
  /// The whole name.
  public var text: String { "\(bundle).p\(digits)" }

  /// - Parameters:
  ///   - number: From 1 on.
  ///   - count: How many parity volumes there are, which decides how many digits all numbers have.
  public init(_ bundle: String, _ number: Int, of count: Int) {
    self.bundle = bundle
    let plain = String(number)
    digits = String(repeating: "0", count: max(2, String(count).count) - plain.count) + plain
  }

  /// Reads the name of a file, without or with its directory.
  ///
  /// - Returns: `nil` unless it ends with `.p` and two to four digits.
  public init?(path: String) {
    let name = FileSystem.name(of: path)
    guard let point = name.lastIndex(of: "."), point > name.startIndex else { return nil }
    let end = name[name.index(after: point)...]
    guard end.first == "p", 3...5 ~= end.utf8.count, end.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    bundle = String(name[..<point])
    digits = String(end.dropFirst())
  }
}
