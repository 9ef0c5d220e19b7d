internal import Diagnostics
internal import Digests
public import OCI

/// Bytes as a blob, which a test can also make fail.
public struct SampleBlob: BlobContent {
  /// What names the bytes.
  public let descriptor: Descriptor
  /// All bytes.
  public let bytes: [UInt8]
  /// After how many bytes the reader throws.
  public var failsAfter: Int?

  /// Makes a blob of bytes.
  public init(_ bytes: [UInt8], failsAfter: Int? = nil) {
    self.bytes = bytes
    self.failsAfter = failsAfter
    descriptor = Descriptor(
      mediaType: MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip"),
      digest: SHA256Hasher.digest(of: bytes), size: bytes.count)
  }

  /// `count` bytes that no other sample has and that do not compress.
  public static func random(_ count: Int, failsAfter: Int? = nil) -> SampleBlob {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes += $0 } }
    bytes.removeLast(bytes.count - count)
    return SampleBlob(bytes, failsAfter: failsAfter)
  }

  /// Starts reading.
  public func open() throws -> any BlobReader { Reader(self) }

  private final class Reader: BlobReader {
    private let blob: SampleBlob
    private var position = 0

    init(_ blob: SampleBlob) { self.blob = blob }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      if let limit = blob.failsAfter, position >= limit {
        throw SealiftError(.corrupt, "the content is damaged", nextStep: "get another copy")
      }
      let count = min(buffer.count, (blob.failsAfter ?? blob.bytes.count) - position)
      blob.bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
      }
      position += count
      return count
    }
  }
}

/// Collects the chunks of a download.
public final class Collector: Sendable {
  private let collected = Shared<[UInt8]>([])

  /// Makes an empty one.
  public init() {}

  /// All that came.
  public var bytes: [UInt8] { collected.with { $0 } }

  /// Takes the next chunk.
  public func take(_ chunk: UnsafeRawBufferPointer) {
    let chunk = Array(chunk)
    collected.with { $0 += chunk }
  }
}
