extension BinaryInteger {
  /// The number as a size for people, in binary units: `0 B`, `1.5 KiB`, `12 GiB`.
  public var asBytes: String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var value = Double(self)
    var unit = 0
    // 1023.5 KiB would be written as 1024 KiB.
    while value >= 1023.5, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    if unit == 0 || value >= 100 { return "\(Int(value.rounded())) \(units[unit])" }
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
