import BundleFormat
import Diagnostics
import OCI
import TestSupport
import Testing

/// Indexes that are nearly right.
@Suite(.timeLimit(.minutes(20))) struct BundleMutationTests {
  @Test func indexes() throws {
    let mutations = Mutations(of: [try TinyBundle.example.index.bytes], named: "indexes", count: 5_000)
    var accepted = 0
    for bytes in mutations {
      do {
        let index = try BundleIndex(bytes)
        accepted += 1
        // What is taken can be written, and is then taken again.
        #expect(try BundleIndex(index.bytes).bytes == index.bytes, "\(mutations.label)")
        for release in index.releases {
          #expect(index.images.contains { $0.manifest.digest == release.digest }, "\(mutations.label)")
          for signature in release.signatures {
            #expect(index.files.contains { $0.path == signature.path }, "\(mutations.label)")
            #expect(index.files.contains { $0.path == signature.keyPath }, "\(mutations.label)")
          }
        }
      } catch {
        #expect(!error.problem.isEmpty)
      }
    }
    #expect(accepted > 0, "\(mutations.label)")
  }
}
