import Diagnostics
import Digests
import OCI
import Synchronization

/// Bytes as a blob, which a test can also make fail.
struct SampleBlob: BlobContent {
  let descriptor: Descriptor
  let bytes: [UInt8]
  /// After how many bytes the reader throws.
  var failsAfter: Int?

  init(_ bytes: [UInt8], failsAfter: Int? = nil) {
    self.bytes = bytes
    self.failsAfter = failsAfter
    descriptor = Descriptor(
      mediaType: MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+gzip"),
      digest: SHA256Hasher.digest(of: bytes), size: bytes.count)
  }

  /// `count` bytes that no other sample has and that do not compress.
  static func random(_ count: Int, failsAfter: Int? = nil) -> SampleBlob {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes += $0 } }
    bytes.removeLast(bytes.count - count)
    return SampleBlob(bytes, failsAfter: failsAfter)
  }

  func open() throws -> any BlobReader { Reader(self) }

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

/// Something that many threads change.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { value.withLock { body(&$0) } }
}

/// Counts calls from many threads.
final class Counter: Sendable {
  private let count = Shared(0)

  var value: Int { count.with { $0 } }

  /// The number of calls before this one.
  @discardableResult
  func next() -> Int {
    count.with { count in
      count += 1
      return count - 1
    }
  }
}

/// Collects the chunks of a download.
final class Collector: Sendable {
  private let collected = Shared<[UInt8]>([])

  var bytes: [UInt8] { collected.with { $0 } }

  func take(_ chunk: UnsafeRawBufferPointer) {
    let chunk = Array(chunk)
    collected.with { $0 += chunk }
  }
}

/// The bytes of an image manifest over some blobs.
func sampleManifest(config: Descriptor, layers: [Descriptor], subject: Descriptor? = nil) -> [UInt8] {
  func text(_ descriptor: Descriptor, _ type: String) -> String {
    #"{"mediaType":"\#(type)","digest":"\#(descriptor.digest)","size":\#(descriptor.size)}"#
  }
  let layers = layers.map { text($0, $0.mediaType.rawValue) }.joined(separator: ",")
  let subject = subject.map { #","subject":\#(text($0, $0.mediaType.rawValue))"# } ?? ""
  return Array(
    """
    {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)",\
    "config":\(text(config, MediaType.ociConfig.rawValue)),"layers":[\(layers)]\(subject)}
    """.utf8)
}
