import BundleFormat
import Content
import Diagnostics
import Digests
import OCI
import Testing

@testable import Gathering

/// The names that images of operators get.
@Suite struct ResolvedImagesTests {
  private let digests = ["a", "b", "c"].map { SHA256Hasher.digest(of: Array($0.utf8)) }

  private func request(_ text: String) throws -> ImageRequest {
    var request = ImageRequest(try ImageReference(text), source: text)
    request.reason = .operatorBundleImage("x.v1")
    return request
  }

  /// The tags of images that were found under these digests, in the order of the requests.
  private func tags(_ found: [(text: String, digest: Digest)]) throws -> [[String]] {
    var options = PackOptions(output: "-", registry: RegistryAccess(environment: [:]))
    options.images = ["registry.example/a:b"]
    var images = ResolvedImages([])
    let requests = try found.map { try request($0.text) }
    try images.admit(requests, try Selection(options, SilentReporter()))
    var results: [RequestPlace: ResolvedImages.Result] = [:]
    for (request, found) in zip(requests, found) {
      let manifest = Descriptor(mediaType: .ociManifest, digest: found.digest, size: 1)
      results[request.place] = .found([
        BundleImage(
          source: found.text, manifest: manifest, platforms: [], reason: .requested, destination: request.destination,
          tags: request.tags, subject: nil)
      ])
    }
    images.take(results)
    return images.all.map(\.tags)
  }

  @Test func aPinnedImageKeepsItsTagWhereNoOtherImageHasIt() throws {
    let name = "registry.example/team/app"
    #expect(
      try tags([("\(name):v1@\(digests[0])", digests[0]), ("\(name):v2@\(digests[1])", digests[1])]) == [
        ["v1"], ["v2"],
      ])
    #expect(
      try tags([("\(name):v1@\(digests[0])", digests[0]), ("\(name)@\(digests[0])", digests[0])]) == [
        ["v1", digests[0].tag]
      ])
  }

  @Test func ofTwoPinnedImagesWithOneTagTheSecondGoesByItsDigest() throws {
    let name = "registry.example/team/app"
    #expect(
      try tags([("\(name):v1@\(digests[0])", digests[0]), ("\(name):v1@\(digests[1])", digests[1])]) == [
        ["v1"], [digests[1].tag],
      ])
  }

  @Test func whatIsNamedByTagAloneHasItBeforeOthers() throws {
    let name = "registry.example/team/app"
    #expect(
      try tags([("\(name):v1@\(digests[0])", digests[0]), ("\(name):v1", digests[1])]) == [[digests[0].tag], ["v1"]])
  }
}
