public import Diagnostics
internal import Glibc

extension File {
  /// Writes several pieces of memory one behind the other, in as few system calls as possible.
  public func writeAll(_ parts: [UnsafeRawBufferPointer], at offset: Int) throws(SealiftError) {
    var vectors = parts.map { iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count) }
    try transfer(&vectors, at: offset) { vectors, offset in
      pwritev(descriptor, vectors.baseAddress, CInt(vectors.count), offset)
    }
  }

  /// Fills several pieces of memory one behind the other, in as few system calls as possible.
  ///
  /// - Returns: The number of bytes, less than was asked for only at the end of the file.
  public func read(_ parts: [UnsafeMutableRawBufferPointer], at offset: Int) throws(SealiftError) -> Int {
    var vectors = parts.map { iovec(iov_base: $0.baseAddress, iov_len: $0.count) }
    return try transfer(&vectors, at: offset) { vectors, offset in
      preadv(descriptor, vectors.baseAddress, CInt(vectors.count), offset)
    }
  }

  /// Fills several pieces of memory from the current position, as a pipe needs it.
  ///
  /// - Returns: The number of bytes, less than was asked for only at the end.
  public func read(_ parts: [UnsafeMutableRawBufferPointer]) throws(SealiftError) -> Int {
    var vectors = parts.map { iovec(iov_base: $0.baseAddress, iov_len: $0.count) }
    return try transfer(&vectors, at: 0) { vectors, _ in
      readv(descriptor, vectors.baseAddress, CInt(vectors.count))
    }
  }

  // The most that the kernel takes in one call (IOV_MAX).
  private static let maximumVectors = 1024

  /// Repeats `call` until all vectors are done, or it does nothing.
  ///
  /// - Returns: The number of bytes.
  @discardableResult
  private func transfer(
    _ vectors: inout [iovec], at offset: Int, _ call: (UnsafeMutableBufferPointer<iovec>, Int) -> Int
  ) throws(SealiftError) -> Int {
    let start = offset
    var offset = offset
    var first = 0
    while first < vectors.count {
      let last = min(vectors.count, first + Self.maximumVectors)
      var count = vectors.withUnsafeMutableBufferPointer { buffer in
        retryingInterrupts { call(UnsafeMutableBufferPointer(rebasing: buffer[first..<last]), offset) }
      }
      guard count >= 0 else { throw .system("cannot read or write \(path)") }
      if count == 0, vectors[first..<last].contains(where: { $0.iov_len > 0 }) { break }
      offset += count
      while first < last, count >= vectors[first].iov_len {
        count -= vectors[first].iov_len
        first += 1
      }
      if first < last, count > 0 {
        vectors[first].iov_base += count
        vectors[first].iov_len -= count
      }
    }
    return offset - start
  }
}
