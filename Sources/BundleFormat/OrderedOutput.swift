public import SystemIO

/// Writes a bundle in file order although its bytes arrive in any, as a pipe needs it.
///
/// Bytes that are early wait in memory; a thread that is too far ahead waits until the others catch up. That needs blobs
/// to be started in file order, so that the next byte in order is always on its way.
public final class OrderedOutput: BundleOutput {
  /// How far ahead of the next byte in order a write may be without waiting, in bytes; it bounds the memory.
  public static let lookAhead = 16 << 20

  private struct Order {
    var next = 0
    var early: [Int: [UInt8]] = [:]
    var failure: (any Error)?
  }

  private let order = Monitor(Order())
  private let file: File

  /// - Parameter file: Written from its current position on.
  public init(_ file: File) { self.file = file }

  /// Writes pieces of memory one behind the other from `offset` on, now or when it is their turn.
  ///
  /// - Throws: What writing threw, here or on another thread; nothing can be written after that.
  public func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws {
    // Nothing at a place where something early waits must not take that place.
    guard parts.contains(where: { !$0.isEmpty }) else { return }
    try order.withLock(when: { offset <= $0.next + Self.lookAhead || $0.failure != nil }) { order in
      if let failure = order.failure { throw failure }
      guard offset == order.next else {
        order.early[offset] = Self.joined(parts)
        return
      }
      do { try advance(&order, parts) } catch {
        order.failure = error
        throw error
      }
    }
  }

  /// Wakes all threads that wait, and lets them fail.
  public func abandon(_ error: any Error) {
    order.withLock { if $0.failure == nil { $0.failure = error } }
  }

  /// Writes what is next, and everything early that now follows.
  private func advance(_ order: inout Order, _ parts: [UnsafeRawBufferPointer]) throws {
    for part in parts { try put(part, &order) }
    while let early = order.early.removeValue(forKey: order.next) {
      try early.withUnsafeBytes { try put($0, &order) }
    }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, _ order: inout Order) throws {
    try file.write(bytes)
    order.next += bytes.count
  }

  private static func joined(_ parts: [UnsafeRawBufferPointer]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { bytes += part }
    return bytes
  }
}
