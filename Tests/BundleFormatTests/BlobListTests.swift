import BundleFormat
import Diagnostics
import Digests
import OCI
import Tar
import TestSupport
import Testing

/// What an index may say of the blobs and of the metadata, apart from its bytes.
struct BlobListTests {
  private let index: BundleIndex

  init() throws { index = try TinyBundle.example.index }

  /// The reason for which the index is refused.
  private func refusal(_ change: (inout BundleIndex) -> Void) -> String? {
    var changed = index
    change(&changed)
    do throws(SealiftError) {
      _ = try BundleIndex(changed.bytes)
      return nil
    } catch { return error.problem }
  }

  @Test func theExampleIsTaken() { #expect(refusal { _ in } == nil) }

  @Test("A manifest or config that is listed twice, or is a blob too, is refused")
  func twice() throws {
    let metadata = try #require(index.metadata.last)
    let blob = try #require(index.blobs.last)
    #expect(refusal { $0.metadata.append(metadata) }?.contains("\(metadata.digest) is listed twice") == true)
    #expect(refusal { $0.metadata.insert(metadata, at: 0) }?.contains("\(metadata.digest) is listed twice") == true)
    #expect(refusal { $0.blobs.append(blob) }?.contains("\(blob.descriptor.digest) is listed twice") == true)
    let both = BundleIndex.Blob(descriptor: metadata, encoding: .zstd, offset: nil)
    #expect(refusal { $0.blobs.append(both) }?.contains("\(metadata.digest) is listed twice") == true)
  }

  @Test("A raw blob behind a compressed one is refused, wherever it says that it is")
  func order() throws {
    let raw = try #require(index.blobs.first { $0.encoding == .raw })
    let compressed = try #require(index.blobs.first { $0.encoding == .zstd })
    let behind = try #require(TarHeader.entryBytes(compressed.descriptor.size)) + TarHeader.blockBytes
    for offset in [raw.offset, behind] {
      let moved = BundleIndex.Blob(descriptor: raw.descriptor, encoding: .raw, offset: offset)
      let reason = refusal { $0.blobs = [compressed, moved] }
      #expect(reason?.contains("is raw and stands behind compressed blobs") == true, "\(reason ?? "taken")")
    }
  }

  @Test("Sizes that add up to more than any disk holds are refused, each by itself and together", arguments: [1, 2, 9])
  func sum(count: Int) {
    // A little more than 2^48 in all.
    let size = (1 << 48) / count
    let digests = (0..<count).map { SHA256Hasher.digest(of: [UInt8($0)]) }
    let reason = refusal { index in
      index.blobs = digests.map { digest in
        let mediaType = MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar")
        return .init(descriptor: .init(mediaType: mediaType, digest: digest, size: size), encoding: .zstd, offset: nil)
      }
    }
    #expect(reason?.contains("its sizes add up to more than any disk holds") == true, "\(reason ?? "taken")")
  }
}
