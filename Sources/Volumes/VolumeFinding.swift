internal import Digests
internal import SystemIO

/// What a list says of a file that was read to its end.
public enum VolumeFinding: Sendable, Equatable {
  /// It is this volume, from 0 on.
  case proven(Int)
  /// What is wrong with it.
  case wrong(String)

  /// Reads a file to its end and judges it.
  ///
  /// - Parameter step: Takes the number of bytes of each step.
  public init(reading path: String, _ list: VolumeList, step: (Int) throws -> Void) throws {
    let (bytes, digest) = try File(regular: path, followingLinks: true).hash(step: step)
    self.init(path, size: bytes, digest, list)
  }

  private init(_ path: String, size: Int, _ digest: Digest, _ list: VolumeList) {
    let named = VolumeName(path: path).map { $0.number - 1 }
    let fitting = list.entries.indices.filter { list.entries[$0].digest == digest && list.entries[$0].size == size }
    if let number = fitting.first(where: { $0 == named }) ?? fitting.first {
      self = .proven(number)
      return
    }
    let state = VolumeState(path)
    if let entry = list.entries.first(where: { state.fits($0) }) {
      self = .wrong("is damaged: its SHA-256 is \(digest.hex), and \(entry.name) has \(entry.digest.hex)")
    } else {
      self = .wrong(state.problem(VolumeName(path: path), list))
    }
  }
}

extension File {
  /// Reads all of a file and hashes it.
  ///
  /// - Parameter step: Takes the number of bytes of each step.
  func hash(step: (Int) throws -> Void) throws -> (bytes: Int, digest: Digest) {
    let hasher = SHA256Hasher()
    var bytes = 0
    try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 4096) { buffer in
      while true {
        let count = try read(into: buffer, at: bytes)
        if count == 0 { return }
        hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        bytes += count
        try step(count)
      }
    }
    return (bytes, hasher.finalize())
  }
}
