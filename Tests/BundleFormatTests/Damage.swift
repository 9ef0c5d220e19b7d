import BundleFormat
import Diagnostics
import Glibc
import Signing
import SystemIO
import Testing

/// Verifies changed bytes in both ways of reading, as cheaply as an exhaustive test needs it.
///
/// The file lies in memory, and a pipe takes all of a small bundle before it is read: no thread, no disk.
final class Damage {
  private let file: File
  private let policy: TrustPolicy
  private static let pipeBytes = 1 << 20
  // F_SETPIPE_SZ, a GNU extension that Glibc leaves out.
  private static let setPipeSize: CInt = 1031

  init(_ policy: TrustPolicy) throws {
    self.policy = policy
    file = try File.anonymous(in: FileSystem.isDirectory("/dev/shm") ? "/dev/shm" : "/tmp")
  }

  /// What each way of reading says of `bytes`.
  func errors(_ bytes: [UInt8]) throws -> [SealiftError?] {
    try [error(bytes, pipe: false), error(bytes, pipe: true)]
  }

  /// What one way of reading says of `bytes`; anything but a `SealiftError` is thrown.
  func error(_ bytes: [UInt8], pipe: Bool) throws -> SealiftError? {
    let input = pipe ? try filledPipe(bytes) : file
    if !pipe {
      try file.truncate(to: bytes.count)
      try file.write(bytes, at: 0)
    }
    do {
      _ = try Verification.run(input, policy, pipe: pipe)
      return nil
    } catch let error as SealiftError {
      return error
    }
  }

  private func filledPipe(_ bytes: [UInt8]) throws -> File {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0 && bytes.count <= Self.pipeBytes)
    let output = File(descriptor: ends[1], path: "the writing end")
    try #require(fcntl(ends[1], Self.setPipeSize, CInt(Self.pipeBytes)) >= bytes.count)
    try output.write(bytes)
    return File(descriptor: ends[0], path: "a pipe")
  }
}
