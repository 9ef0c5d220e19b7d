import Testing

@testable import Parity

/// Where parity goes.
@Suite struct ParityLayoutTests {
  /// Sizes of bundles, volumes and amounts of parity as people have them.
  private static let wishes: [(bundle: Int, volume: Int?, amount: String)] = [
    (2 << 30, 256 << 20, "2"), (2 << 30, nil, "10%"), (600 << 20, 3 << 20, "20"), (5 << 40, 25 << 30, "5%"),
    (300 << 30, 4_476 << 20, "2"), (20 << 40, 92_160 << 20, "3"), (1 << 30, 1 << 20, "4"), (9, 4, "1"),
    (1 << 20, nil, "3%"), (3 << 40, 1 << 30, "100%"),
  ]

  private static let layouts = wishes.compactMap { wish in
    ParityAmount(wish.amount)?.layout(bundleBytes: wish.bundle, volumeBytes: wish.volume)
  }

  @Test func aReaderTakesWhatAWriterChooses() {
    #expect(Self.layouts.count == 10)
    for layout in Self.layouts {
      let read = ParityLayout(
        bundleBytes: layout.bundleBytes, stretchBytes: layout.stretchBytes, chunkBytes: layout.chunkBytes,
        groups: layout.groups, parityPerGroup: layout.parityPerGroup)
      #expect(read == layout)
    }
  }

  @Test func aParityVolumeIsHardlyLargerThanAVolume() {
    for layout in Self.layouts where layout.shardBytes >= 1 << 20 {
      let more = layout.parityVolumeBytes - layout.shardBytes
      #expect(more <= layout.shardBytes / 64 + 3 * 4096, "\(layout)")
      #expect(ChunkTable.storedBytes(layout) <= 33 << 20, "\(layout)")
    }
  }

  @Test func chunksAndShardsCoverTheBundleOnce() {
    for layout in Self.layouts where layout.columns * layout.dataCount < 1 << 20 {
      var position = 0
      for shard in 0..<layout.dataCount {
        #expect(layout.stretch(shard).lowerBound == position)
        for column in 0..<layout.columns { position += layout.chunk(shard, column).count }
      }
      #expect(position == layout.bundleBytes)
      #expect((0..<layout.groups).flatMap(layout.shards).sorted() == Array(0..<layout.shardCount))
    }
  }

  @Test func whatCannotBeIsNoLayout() {
    func layout(_ bundle: Int, _ stretch: Int, _ chunk: Int, _ groups: Int, _ parity: Int) -> ParityLayout? {
      ParityLayout(
        bundleBytes: bundle, stretchBytes: stretch, chunkBytes: chunk, groups: groups, parityPerGroup: parity)
    }
    #expect(layout(1 << 20, 1 << 16, 4096, 1, 2) != nil)
    let impossible: [(Int, Int, Int, Int, Int)] = [
      (0, 1, 4096, 1, 1), (-1, 1, 4096, 1, 1), (1 << 60, 1 << 48, 4096, 1, 1), (100, 0, 4096, 1, 1),
      (100, 10, 4095, 1, 1), (100, 10, 2048, 1, 1), (100, 10, 1 << 25, 1, 1), (100, 10, 4096, 0, 1),
      (100, 10, 4096, 11, 1), (100, 10, 4096, 1, 0), (100, 10, 4096, 1, 255), (300, 1, 4096, 1, 1),
      (1 << 40, 1 << 30, 4096, 5, 2), (Int.max, Int.max, 4096, 1, 1), (1 << 57, 1, 4096, 3500, 254),
    ]
    for (bundle, stretch, chunk, groups, parity) in impossible {
      #expect(layout(bundle, stretch, chunk, groups, parity) == nil, "\(bundle) \(stretch) \(chunk)")
    }
  }
}
