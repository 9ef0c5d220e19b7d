import Content
import Diagnostics
import Digests
import Testing

/// Where an image is, as an index writes it and as it is read again.
struct ImageOriginTests {
  private static let digest = SHA256Hasher.digest(of: Array("an image".utf8))

  @Test(
    "What an origin writes leads back to it",
    arguments: [
      ImageOrigin.registry(host: "quay.io", repository: "org/app"),
      .registry(host: "localhost:5000", repository: "app"),
      .layout(path: "/data/layout"),
      .mirror(path: "/data/mirror", repository: "openshift/release"),
    ])
  func leadsBack(_ origin: ImageOrigin) throws {
    #expect(try ImageOrigin(source: origin.source(of: Self.digest)) == origin)
  }

  @Test(
    "A source by tag has the origin of one by digest", arguments: ["quay.io/org/app:1.2", "quay.io/org/app:latest"])
  func byTag(_ source: String) throws {
    #expect(try ImageOrigin(source: source) == .registry(host: "quay.io", repository: "org/app"))
  }

  @Test("A layout has one store for all: no repository") func layoutsHaveNoRepository() {
    #expect(ImageOrigin.layout(path: "/data/layout").repository.isEmpty)
    #expect(ImageOrigin.mirror(path: "/data/mirror", repository: "a/b").repository == "a/b")
  }

  @Test(
    "What is no reference has no origin", arguments: ["", "quay.io/UPPER/app", "quay.io/org/app:", "built:catalog/app"])
  func refuses(_ source: String) {
    #expect(throws: SealiftError.self) { try ImageOrigin(source: source) }
  }
}
