internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests

/// The files of a new bundle's head that do not follow from its index: manifests, release signatures, their keys.
struct HeadFileSet {
  private let store: MetadataStore
  private var files: [String: BundleIndex.HeadFile] = [:]

  /// - Parameter store: Takes their bytes.
  init(_ store: MetadataStore) { self.store = store }

  /// Adds a file; the same one may be added again.
  mutating func add(_ path: String, _ bytes: [UInt8]) throws(SealiftError) {
    let digest = SHA256Hasher.digest(of: bytes)
    try store.put(digest, bytes)
    files[path] = BundleIndex.HeadFile(path: path, digest: digest, size: bytes.count)
  }

  /// All of them, in no order: the index sorts them.
  var all: [BundleIndex.HeadFile] { Array(files.values) }
}
