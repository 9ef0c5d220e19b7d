import Content
import Diagnostics
import Digests
import TestSupport
import Testing

/// Manifests and configs by digest.
struct MetadataStoreTests {
  @Test("What is put twice is kept once, and found; what is not there is damage where it is needed")
  func findsWhatWasPut() throws {
    let directory = try TemporaryDirectory()
    let store = try MetadataStore(in: directory.path)
    let contents = (0..<100).map { Array("content \($0)".utf8) }
    for content in contents + contents { try store.put(SHA256Hasher.digest(of: content), content) }
    for content in contents { #expect(try store.required(SHA256Hasher.digest(of: content)) == content) }
    let absent = SHA256Hasher.digest(of: Array("absent".utf8))
    #expect(try store.bytes(absent) == nil)
    let error = #expect(throws: SealiftError.self) { try store.required(absent) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains(absent.description) == true)
  }
}
