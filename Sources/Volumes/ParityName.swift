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
    digits = NameEnd.digits(number, of: count, least: 2)
  }

  /// Reads the name of a file, without or with its directory.
  ///
  /// - Returns: `nil` unless it ends with `.p` and two to four digits.
  public init?(path: String) {
    guard let (bundle, end) = NameEnd.split(path), end.first == "p", NameEnd.isNumber(end.dropFirst(), of: 2...4)
    else { return nil }
    self.bundle = bundle
    digits = String(end.dropFirst())
  }
}
