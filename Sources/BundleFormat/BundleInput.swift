public import Diagnostics
public import SystemIO

/// Reads the bytes of a bundle from front to back, from a file or a pipe. Its calls block.
///
/// Threads: one at a time; the owner may change.
public final class BundleInput: @unchecked Sendable {
  // Not shared: the one reader of a bundle owns it.
  private let file: File
  private var buffer: [UInt8] = []
  private var consumed = 0

  /// How many bytes have been handed out.
  public private(set) var position = 0

  // Small reads of headers are served from a buffer; content goes straight to where it belongs.
  private static let bufferBytes = 64 << 10

  /// - Parameter file: A pipe, or a file at its beginning.
  public init(_ file: File) { self.file = file }

  /// What the user calls the bundle.
  public var name: String { file.path }

  /// Reads exactly `count` bytes.
  ///
  /// - Parameter part: What the bytes belong to, for the message.
  /// - Throws: `corrupt` if the bundle ends before.
  public func bytes(_ count: Int, of part: @autoclosure () -> String) throws(SealiftError) -> [UInt8] {
    var failure: SealiftError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      do throws(SealiftError) {
        try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[..<count]), of: part())
        filled = count
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills `out` completely.
  ///
  /// - Throws: `corrupt` if the bundle ends before.
  public func fill(_ out: UnsafeMutableRawBufferPointer, of part: @autoclosure () -> String) throws(SealiftError) {
    let start = position
    let buffered = min(out.count, buffer.count - consumed)
    buffer[consumed..<consumed + buffered].withUnsafeBytes { out.copyMemory(from: $0) }
    consumed += buffered
    position += buffered
    var rest = UnsafeMutableRawBufferPointer(rebasing: out[buffered...])
    if rest.count < Self.bufferBytes, !rest.isEmpty {
      try refill()
      if !buffer.isEmpty { return try fill(rest, of: part()) }
    }
    while !rest.isEmpty {
      let count = try file.read(into: rest)
      guard count > 0 else { throw truncated(part(), wanted: start + out.count) }
      position += count
      rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Whether nothing follows.
  public func isAtEnd() throws(SealiftError) -> Bool {
    if consumed < buffer.count { return false }
    try refill()
    return buffer.isEmpty
  }

  private func refill() throws(SealiftError) {
    consumed = 0
    var failure: SealiftError?
    buffer = [UInt8](unsafeUninitializedCapacity: Self.bufferBytes) { out, filled in
      do throws(SealiftError) { filled = try file.read(into: UnsafeMutableRawBufferPointer(out)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private func truncated(_ part: String, wanted: Int) -> SealiftError {
    SealiftError(
      .corrupt, "\(name) ends at byte \(position), within \(part), which goes on to byte \(wanted) at least",
      nextStep: "copy the bundle again: it was cut")
  }
}
