internal import CISAL

/// Reed-Solomon over GF(2^8) with a Cauchy matrix: from any `dataCount` of the shards of a column all others follow.
///
/// Shards are numbered from 0 on: data first, then parity. Source: `formats/parity-v1.md`, "The code".
struct ErasureCode: Sendable {
  /// The most shards that the field has room for.
  static let maximumShards = 255

  let dataCount: Int
  let parityCount: Int
  private let matrix: [UInt8]

  /// - Precondition: Both counts are positive, and there are at most 255 shards.
  init(dataCount: Int, parityCount: Int) {
    precondition(dataCount > 0 && parityCount > 0 && dataCount + parityCount <= Self.maximumShards)
    self.dataCount = dataCount
    self.parityCount = parityCount
    matrix = [UInt8](unsafeUninitializedCapacity: (dataCount + parityCount) * dataCount) { buffer, filled in
      filled = buffer.count
      gf_gen_cauchy1_matrix(buffer.baseAddress, CInt(dataCount + parityCount), CInt(dataCount))
    }
  }

  /// What a parity shard holds of a data shard.
  private func coefficient(_ parity: Int, _ data: Int) -> UInt8 { matrix[(dataCount + parity) * dataCount + data] }

  /// How all parity is made from all data.
  var encoding: Combination {
    Combination(
      sources: Array(0..<dataCount),
      rows: (0..<parityCount).map { row in
        (0..<dataCount).map { coefficient(row, $0) }
      })
  }

  /// How shards are made from others.
  ///
  /// - Parameters:
  ///   - wanted: The shards to make.
  ///   - isThere: Whether a shard can be had.
  /// - Returns: `nil` if too few can.
  func combination(for wanted: [Int], isThere: (Int) -> Bool) -> Combination? {
    let data = (0..<dataCount).filter(isThere)
    let lost = (0..<dataCount).filter { !isThere($0) }
    let parity = (0..<parityCount).filter { isThere(dataCount + $0) }.prefix(lost.count)
    guard parity.count == lost.count, let inverse = inverse(Array(parity), lost) else { return nil }
    // A lost shard is a sum of what parity holds beyond the data that is there.
    let lostRows = lost.indices.map { place in
      let weights = inverse[(place * lost.count)..<((place + 1) * lost.count)]
      return data.map { shard in sum(zip(weights, parity)) { coefficient($0, shard) } } + weights
    }
    let rows = wanted.map { shard in
      if let place = lost.firstIndex(of: shard) { return lostRows[place] }
      if shard < dataCount { return data.map { $0 == shard ? 1 : 0 } + parity.map { _ in 0 } }
      let row = shard - dataCount
      return (0..<data.count + parity.count).map { source in
        let own = source < data.count ? coefficient(row, data[source]) : 0
        return own ^ sum(zip(lost.map { coefficient(row, $0) }, lostRows)) { $0[source] }
      }
    }
    return Combination(sources: data + parity.map { dataCount + $0 }, rows: rows)
  }

  private func sum<Other>(_ terms: some Sequence<(UInt8, Other)>, _ factor: (Other) -> UInt8) -> UInt8 {
    terms.reduce(0) { $0 ^ gf_mul($1.0, factor($1.1)) }
  }

  /// The inverse of what some parity shards hold of lost data shards; a part of a Cauchy matrix always has one.
  private func inverse(_ parity: [Int], _ lost: [Int]) -> [UInt8]? {
    guard !lost.isEmpty else { return [] }
    var matrix = parity.flatMap { row in lost.map { coefficient(row, $0) } }
    var inverse = [UInt8](repeating: 0, count: matrix.count)
    return gf_invert_matrix(&matrix, &inverse, CInt(lost.count)) == 0 ? inverse : nil
  }
}

/// Sums of shards, each times a factor of its own.
struct Combination: Sendable {
  /// The shards that are summed up, in the order in which `add` names them.
  let sources: [Int]
  /// How many sums there are.
  let count: Int
  private let tables: [UInt8]

  // As much of every sum stays near the processor while sources go by.
  private static let stepBytes = 16 << 10

  /// - Parameter rows: For each sum the factor of each source.
  init(sources: [Int], rows: [[UInt8]]) {
    self.sources = sources
    count = rows.count
    var factors = rows.flatMap(\.self)
    let rowCount = rows.count
    tables = [UInt8](unsafeUninitializedCapacity: 32 * factors.count) { buffer, filled in
      filled = buffer.count
      ec_init_tables(CInt(sources.count), CInt(rowCount), &factors, buffer.baseAddress)
    }
  }

  /// Adds one source to all sums, as far as it reaches.
  ///
  /// - Parameters:
  ///   - place: Its place in `sources`.
  ///   - sums: At least as long as `bytes`, and zero before the first source.
  func add(_ place: Int, _ bytes: UnsafeRawBufferPointer, to sums: [UnsafeMutableRawBufferPointer]) {
    guard let source = bytes.baseAddress else { return }
    tables.withUnsafeBufferPointer { tables in
      for start in stride(from: 0, to: bytes.count, by: Self.stepBytes) {
        var outputs = sums.map { ($0.baseAddress.map { $0 + start })?.assumingMemoryBound(to: UInt8.self) }
        // The library reads the tables and the source, and says so nowhere.
        ec_encode_data_update(
          CInt(min(Self.stepBytes, bytes.count - start)), CInt(sources.count), CInt(count), CInt(place),
          UnsafeMutablePointer(mutating: tables.baseAddress),
          UnsafeMutablePointer(mutating: (source + start).assumingMemoryBound(to: UInt8.self)), &outputs)
      }
    }
  }
}
