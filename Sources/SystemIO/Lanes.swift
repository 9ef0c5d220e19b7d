/// How many transfers run at once: few of large content, which fill a line, and more the smaller they are, as each waits
/// for answers most of its time.
public struct Lanes: Sendable {
  /// What is smaller, in bytes, is there soon after its answer begins: a request rather than a transfer.
  public static let smallestContent = 256 << 10

  /// How many requests may be under way at once where nobody says otherwise.
  public static let manyRequests = 64

  /// The greatest number of transfers of content.
  public var transfers: Int
  /// The greatest number of all.
  public var requests: Int

  /// - Parameters:
  ///   - transfers: The greatest number of transfers of content, at least 1.
  ///   - requests: The greatest number of all, at least 1.
  public init(transfers: Int, requests: Int) {
    precondition(transfers > 0, "a lane at least")
    self.transfers = transfers
    self.requests = max(transfers, requests)
  }

  /// The threads that all of it can take at once, with two for what is done beside.
  public var threads: Int { transfers + requests + 2 }

  // So many fill a line whatever they carry, and more do if all that is under way is little.
  private static let fewTransfers = 4
  private static let manyBytes = 32 << 20

  /// What is under way.
  fileprivate struct Load {
    var count = 0
    var transfers = 0
    var bytes = 0

    mutating func add(_ size: Int, _ sign: Int = 1) {
      count += sign
      guard size >= Lanes.smallestContent else { return }
      transfers += sign
      bytes += sign * size
    }
  }

  fileprivate func haveRoom(for size: Int, beside load: Load) -> Bool {
    guard load.count < requests else { return false }
    guard size >= Self.smallestContent else { return true }
    guard load.transfers < transfers else { return false }
    return load.transfers < Self.fewTransfers || load.bytes <= Self.manyBytes - min(size, Self.manyBytes)
  }
}

extension Sequence where Element: Sendable, Self: Sendable {
  /// Runs `body` for each element in order of the sequence, as many at a time as there are lanes for things of their size.
  ///
  /// The first error cancels the rest, is thrown when all have ended, and nothing new is started after it.
  ///
  /// - Parameter size: How many bytes an element moves.
  public func forEachConcurrently(
    in lanes: Lanes, size: (Element) -> Int, _ body: @escaping @Sendable (Element) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      var load = Lanes.Load()
      for element in self {
        let size = size(element)
        while !lanes.haveRoom(for: size, beside: load), let ended = try await group.next() { load.add(ended, -1) }
        group.addTask {
          try await body(element)
          return size
        }
        load.add(size)
      }
      // Not `waitForAll`: that lets the other tasks run to their end before it throws.
      while try await group.next() != nil {}
    }
  }
}
