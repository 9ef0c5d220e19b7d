/// A set of Unicode scalars, as a class of a pattern names it.
struct ScalarSet: Sendable {
  private(set) var ranges: [ClosedRange<UInt32>]
  var isNegated = false

  init(_ ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

  /// One scalar, in both cases if asked.
  init(_ scalar: Unicode.Scalar, ignoringCase: Bool) {
    ranges = [scalar.value...scalar.value]
    if ignoringCase { addOtherCase() }
  }

  /// What `.` takes.
  static let anything = ScalarSet([0...0x10FFFF])
  /// What `.` takes without the flag `s`.
  static let anythingInLine = ScalarSet([0...0x09, 0x0B...0x10FFFF])

  /// `\d`, `\s`, `\w` and their opposites; ASCII alone, as in Go.
  static func perl(_ letter: Unicode.Scalar) -> ScalarSet? {
    switch letter {
    case "d": ScalarSet([0x30...0x39])
    case "s": ScalarSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    case "w": ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    case "D", "S", "W": Unicode.Scalar(letter.value | 0x20).flatMap(perl)?.complement
    default: nil
    }
  }

  /// The classes that are written `[:alpha:]`.
  static func posix(_ name: String) -> ScalarSet? {
    let digit: ClosedRange<UInt32> = 0x30...0x39
    let upper: ClosedRange<UInt32> = 0x41...0x5A
    let lower: ClosedRange<UInt32> = 0x61...0x7A
    switch name {
    case "alnum": return ScalarSet([digit, upper, lower])
    case "alpha": return ScalarSet([upper, lower])
    case "ascii": return ScalarSet([0...0x7F])
    case "blank": return ScalarSet([0x09...0x09, 0x20...0x20])
    case "cntrl": return ScalarSet([0...0x1F, 0x7F...0x7F])
    case "digit": return ScalarSet([digit])
    case "graph": return ScalarSet([0x21...0x7E])
    case "lower": return ScalarSet([lower])
    case "print": return ScalarSet([0x20...0x7E])
    case "punct": return ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
    case "space": return ScalarSet([0x09...0x0D, 0x20...0x20])
    case "upper": return ScalarSet([upper])
    case "word": return perl("w")
    case "xdigit": return ScalarSet([digit, 0x41...0x46, 0x61...0x66])
    default: return nil
    }
  }

  /// Every scalar that this set has not; only of sets that are not negated themselves.
  var complement: ScalarSet {
    var rest: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { rest.append(next...range.lowerBound - 1) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { rest.append(next...0x10FFFF) }
    return ScalarSet(rest)
  }

  mutating func formUnion(_ other: ScalarSet) { ranges += other.ranges }

  /// Adds the other case of every ASCII letter; image names have no other letters.
  mutating func addOtherCase() {
    for range in ranges {
      let upper = range.clamped(to: 0x41...0x5A)
      if range.overlaps(0x41...0x5A) { ranges.append(upper.lowerBound + 0x20...upper.upperBound + 0x20) }
      let lower = range.clamped(to: 0x61...0x7A)
      if range.overlaps(0x61...0x7A) { ranges.append(lower.lowerBound - 0x20...lower.upperBound - 0x20) }
    }
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) } != isNegated
  }
}
