public import SystemIO

/// Takes the bytes of a bundle at their places. Its calls block; they may come from many threads at once.
public protocol BundleOutput: Sendable {
  /// Writes pieces of memory one behind the other from `offset` on.
  func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws

  /// Lets every thread fail that waits to write, because the bytes before its own will not come.
  func abandon(_ error: any Error)
}

extension File: BundleOutput {
  /// Writes pieces of memory one behind the other from `offset` on.
  public func write(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws {
    try writeAll(parts, at: offset)
  }
}

extension BundleOutput {
  /// Nothing to do where no thread waits.
  public func abandon(_ error: any Error) {}

  /// Writes bytes from `offset` on.
  public func write(_ bytes: [UInt8], at offset: Int) throws {
    try bytes.withUnsafeBytes { try write([$0], at: offset) }
  }
}
