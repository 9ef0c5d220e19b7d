public import Diagnostics

/// The bytes of one small blob, collected by the one transfer that brings it.
public final class Collected: @unchecked Sendable {
  // Not shared: appended to on the transfer's thread, read after it has ended.
  /// What has come so far.
  public private(set) var bytes: [UInt8] = []
  private let limit: Int

  /// - Parameter limit: The greatest number of bytes.
  public init(limit: Int) {
    self.limit = limit
    bytes.reserveCapacity(limit)
  }

  /// Takes more bytes.
  ///
  /// - Throws: `protocol` if there are more than the limit.
  public func append(_ more: UnsafeRawBufferPointer) throws(SealiftError) {
    guard more.count <= limit - bytes.count else {
      throw SealiftError(
        .protocol, "the source sent more than the \(limit) bytes that were announced",
        nextStep: "run the same command again; if it happens again, the source is damaged")
    }
    bytes += more
  }
}
