import BundleFormat
import Content
import Digests
import OCI
import Testing

/// Which tags at the target belong to which name of an image.
struct BundleImageTests {
  private static let digest = SHA256Hasher.digest(of: Array("an image".utf8))

  private func names(_ sources: [String], tags: [String]) -> [String] {
    var image = BundleImage(
      source: sources[0], manifest: Descriptor(mediaType: .ociManifest, digest: Self.digest, size: 1), platforms: [],
      reason: .requested, destination: "org/app", tags: tags, subject: nil)
    image.also = sources.dropFirst().map { .init(source: $0, reason: .requested) }
    return image.names.map { "\($0.source) \($0.tags.joined(separator: ","))" }
  }

  @Test("Each name has the tag that it was asked for by") func own() {
    #expect(
      names(["r.example/app:1", "r.example/app:2"], tags: ["1", "2"]) == ["r.example/app:1 1", "r.example/app:2 2"])
  }

  @Test("A tag that a configuration gives belongs to the one name there is") func given() {
    #expect(names(["r.example/app:1"], tags: ["stable"]) == ["r.example/app:1 stable"])
  }

  @Test("Names without a tag of their own share what is no other's") func shared() {
    let names = names(["r.example/app:1", "other.example/app"], tags: ["1", "stable"])
    #expect(names == ["r.example/app:1 1", "other.example/app stable"])
  }
}
