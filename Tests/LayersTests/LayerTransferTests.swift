import Digests
import Layers
import OCI
import SystemIO
import TestSupport
import Testing

/// Sends one file's beginning and then zeros without end, until it is told to stop.
private struct EndlessSource: BlobSource {
  let begin: [UInt8]
  let sent = Counter()
  let pieceWasSent: @Sendable (Int) -> Void

  func blob(
    _ descriptor: Descriptor, from offset: Int, _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    try await pool.runCancellable { flag in
      try begin.withUnsafeBytes { try consume($0) }
      let zeros = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        try flag.check()
        try zeros.withUnsafeBytes { try consume($0) }
        pieceWasSent(sent.next())
      }
    }
  }
}

@Suite(.timeLimit(.minutes(20))) struct LayerTransferTests {
  private struct Refusal: Error {}

  private static let endless = Descriptor(
    mediaType: LayerWriter.mediaType, digest: SHA256Hasher.emptyDigest, size: .max)
  private static let begin = TarBytes.entry("configs/a", size: "77777777777")

  private func files(_ pieceWasSent: @escaping @Sendable (Int) -> Void = { _ in }) -> ImageFiles {
    ImageFiles(layers: [Self.endless], of: EndlessSource(begin: Self.begin, pieceWasSent: pieceWasSent))
  }

  @Test func anErrorOfTheHandlerEndsTheTransfer() async throws {
    await #expect(throws: Refusal.self) {
      try await files().read(WantedFiles(under: "configs", limit: .max)) { file in
        try file.forEachPiece { _ in throw Refusal() }
      }
    }
  }

  @Test func aLimitEndsTheTransfer() async throws {
    await #expect(throws: (any Error).self) {
      try await files().read(WantedFiles(under: "configs", limit: 10)) { _ in }
    }
  }

  @Test func cancellingEndsBothSides() async throws {
    let (pieces, piece) = AsyncStream.makeStream(of: Int.self)
    let files = files { piece.yield($0) }
    let reading = Task {
      try await files.read(WantedFiles(under: "configs", limit: .max)) { file in try file.forEachPiece { _ in } }
    }
    for await count in pieces where count >= 20 { break }
    reading.cancel()
    await #expect(throws: CancellationError.self) { _ = try await reading.value }
  }

  @Test func cancellingWhileTheReaderIsSlowEndsBothSides() async throws {
    let isReading = AsyncStream.makeStream(of: Void.self)
    let mayGoOn = Monitor(false)
    let reading = Task { [files] in
      try await files { _ in }.read(WantedFiles(under: "configs", limit: .max)) { file in
        try file.forEachPiece { _ in
          isReading.continuation.yield()
          mayGoOn.withLock(when: { $0 }) { _ in }
        }
      }
    }
    for await _ in isReading.stream { break }
    reading.cancel()
    mayGoOn.withLock { $0 = true }
    await #expect(throws: CancellationError.self) { _ = try await reading.value }
  }
}
