internal import COpenSSL

/// Hashes bytes as they pass, with OpenSSL, which uses the processor's own instructions.
///
/// Threads: one at a time; the owner may change.
public final class SHA256Hasher: @unchecked Sendable {
  // Not shared: each hasher belongs to the one transfer that feeds it.
  private let context: OpaquePointer

  // Looking an algorithm up costs more than hashing a small blob, so it is done once.
  private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

  /// Starts an empty hash.
  public init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.context = context
    reset()
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Starts again from nothing.
  public func reset() {
    precondition(EVP_DigestInit_ex2(context, Self.algorithm, nil) == 1, "OpenSSL has no SHA-256")
  }

  /// Adds bytes.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "SHA-256 update failed")
  }

  /// The digest of all bytes so far; the hasher then starts again from nothing.
  public func finalize() -> Digest {
    withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { out in
      var length: UInt32 = 0
      let status = EVP_DigestFinal_ex(context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
      guard status == 1, let digest = Digest(bytes: UnsafeRawBufferPointer(out)) else {
        preconditionFailure("SHA-256 final failed")
      }
      reset()
      return digest
    }
  }

  /// The digest of all bytes so far; more can follow.
  public func digestSoFar() -> Digest {
    let copy = SHA256Hasher()
    precondition(EVP_MD_CTX_copy_ex(copy.context, context) == 1, "out of memory")
    return copy.finalize()
  }

  /// The digest of `bytes` alone.
  public static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
    let hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// The digest of `bytes` alone.
  public static func digest(of bytes: [UInt8]) -> Digest {
    bytes.withUnsafeBytes { digest(of: $0) }
  }
}
