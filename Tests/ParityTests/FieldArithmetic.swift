/// GF(2^8) as `formats/parity-v1.md` has it, digit by digit.
enum FieldArithmetic {
  static func product(_ first: UInt8, _ second: UInt8) -> UInt8 {
    var (sum, term) = (UInt16(0), UInt16(first))
    for bit in 0..<8 {
      if second >> bit & 1 == 1 { sum ^= term }
      term <<= 1
      if term & 0x100 != 0 { term ^= 0x11D }
    }
    return UInt8(sum)
  }

  /// - Parameter value: Not 0.
  static func inverse(_ value: UInt8) -> UInt8 { (1...255).first { product(value, $0) == 1 } ?? 0 }
}
