import Digests
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct OCILayoutReferrersTests {
  private let directory: TemporaryDirectory
  private let fixture: LayoutFixture
  private let pool = BlockingPool(threads: 2)

  init() throws {
    directory = try TemporaryDirectory()
    fixture = try LayoutFixture(directory("layout"))
  }

  private func layout() async throws -> OCILayout { try await OCILayout(fixture.path, pool: pool) }

  @Test func referrersAreFoundInEntriesAndInFallbackTags() async throws {
    let image = try fixture.image([fixture.layer(seed: 1, size: 9)], name: "a:1")
    let named = try fixture.image([fixture.layer(seed: 2, size: 9)], name: "a:signature", subject: image)
    let nameless = try fixture.image([fixture.layer(seed: 3, size: 9)], subject: image)
    try fixture.list(nameless)
    let fallback = try fixture.image([fixture.layer(seed: 4, size: 9)], subject: image)
    let other = try fixture.image([fixture.layer(seed: 5, size: 9)])
    try fixture.index([fallback, other, nameless], name: "a:\(image.digest.tag)")
    let second = try fixture.image([fixture.layer(seed: 6, size: 9)], subject: fallback)
    try fixture.list(second)
    let layout = try await layout()
    let found = try await layout.referrers(of: image.digest, in: "a")
    #expect(found?.map(\.digest) == [named.digest, nameless.digest, fallback.digest])
    #expect(found?.allSatisfy { $0.mediaType == .ociManifest && $0.referenceName == nil } == true)
    #expect(try await layout.referrers(of: fallback.digest, in: "a")?.map(\.digest) == [second.digest])
    #expect(try await layout.referrers(of: other.digest, in: "a") == [])
  }

  @Test func aNamelessReferrerIsNoImageToAskForUnlessItsSubjectIsElsewhere() async throws {
    let image = try fixture.image([fixture.layer(seed: 1, size: 9)])
    let index = try fixture.index([image], name: "a:1")
    let signature = try fixture.image([fixture.layer(seed: 2, size: 9)], subject: image)
    try fixture.list(signature)
    let elsewhere = Descriptor(mediaType: .ociManifest, digest: SHA256Hasher.digest(of: [7]), size: 1)
    let stray = try fixture.image([fixture.layer(seed: 3, size: 9)], subject: elsewhere)
    try fixture.list(stray)
    let named = try fixture.image([fixture.layer(seed: 4, size: 9)], name: "a:signature", subject: image)
    #expect(try await layout().images(named: nil).map(\.digest) == [index.digest, stray.digest, named.digest])
  }

  @Test func aManifestThatOnlyTheIndexHasIsPassedOver() async throws {
    let image = try fixture.image([fixture.layer(seed: 1, size: 9)])
    let signature = try fixture.image([fixture.layer(seed: 2, size: 9)], subject: image)
    let gone = Descriptor(mediaType: .ociManifest, digest: SHA256Hasher.digest(of: [7]), size: 1)
    try fixture.index([gone, image, signature], name: "a:1")
    try fixture.tag(gone, "a:gone")
    #expect(try await layout().referrers(of: image.digest, in: "a")?.map(\.digest) == [signature.digest])
  }
}
