/// How much parity is wanted.
public enum ParityAmount: Sendable, Equatable {
  /// So many parity volumes: as many volumes may be lost.
  case volumes(Int)
  /// So many for each hundred volumes, or parts of a file.
  case percent(Int)

  /// Reads `2` or `10%`.
  ///
  /// - Returns: `nil` for anything else.
  public init?(_ text: String) {
    if text.hasSuffix("%"), let percent = Int(text.dropLast()), 1...100 ~= percent {
      self = .percent(percent)
    } else if let count = Int(text), 1..<ErasureCode.maximumShards ~= count {
      self = .volumes(count)
    } else {
      return nil
    }
  }

  // A file counts as so many equal parts: few, as each one costs time.
  private static let usualParts = 20
  private static let fineParts = 100
  private static let alignment = 4 << 10

  /// How many parity volumes a bundle of a size gets, and the size of each.
  ///
  /// - Parameter volumeBytes: The size of its volumes; `nil` for a bundle that is one file.
  public func volumes(of bundleBytes: Int, volumeBytes: Int?) -> (count: Int, bytes: Int) {
    let layout = layout(bundleBytes: bundleBytes, volumeBytes: volumeBytes)
    return (layout.parityCount, layout.parityVolumeBytes)
  }

  /// Where the parity of a bundle goes.
  ///
  /// - Parameter volumeBytes: The size of its volumes; `nil` for a bundle that is one file.
  func layout(bundleBytes: Int, volumeBytes: Int?) -> ParityLayout {
    let stretchBytes = volumeBytes ?? partBytes(of: bundleBytes)
    let data = (bundleBytes - 1) / stretchBytes + 1
    let wanted =
      switch self {
      case .volumes(let count): count
      case .percent(let percent): max(1, (data * percent + 99) / 100)
      }
    var groups = 1
    while (data - 1) / groups + 1 + perGroup(wanted, groups) > ErasureCode.maximumShards { groups += 1 }
    return ParityLayout(
      bundleBytes: bundleBytes, stretchBytes: stretchBytes, groups: groups, parityPerGroup: perGroup(wanted, groups))
  }

  /// A number of volumes may be lost wherever they are; a share is dealt to the groups.
  private func perGroup(_ wanted: Int, _ groups: Int) -> Int {
    if case .volumes = self { wanted } else { (wanted - 1) / groups + 1 }
  }

  private func partBytes(of bundleBytes: Int) -> Int {
    var parts = Self.usualParts
    if case .percent(let percent) = self, percent * parts % 100 != 0 { parts = Self.fineParts }
    let least = (bundleBytes - 1) / parts + 1
    return (least + Self.alignment - 1) / Self.alignment * Self.alignment
  }
}
