import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

let pool = BlockingPool(threads: 8)

/// Options for a registry with plain HTTP.
func plainOptions() -> RegistryOptions {
  var options = RegistryOptions(pool: pool)
  options.tls.verify = false
  options.plainHTTPAllowed = true
  return options
}

@Suite(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)), .timeLimit(.minutes(20)))
struct RealRegistryTests {
  @Test func anImageComesBackByteForByte() async throws {
    let server = try RegistryServer()
    let client = RegistryClient(server.address, options: plainOptions())
    try await roundTrip(client)
  }

  @Test func whatIsNotThereIsNil() async throws {
    let server = try RegistryServer()
    let client = RegistryClient(server.address, options: plainOptions())
    let blob = SampleBlob.random(10)
    #expect(try await client.manifest(.tag("none"), in: "team/app") == nil)
    #expect(try await client.hasManifest(.tag("none"), in: "team/app") == nil)
    #expect(try await client.hasBlob(blob.descriptor, in: "team/app") == false)
    #expect(try await client.referrers(of: blob.descriptor.digest, in: "team/app") == nil)
    let error = await #expect(throws: SealiftError.self) {
      try await client.blob(blob.descriptor, in: "team/app", from: 0) { _ in }
    }
    #expect(error?.code == .notFound)
  }
}

/// Sends an image with two layers and fetches it again.
func roundTrip(_ client: RegistryClient, repository: String = "team/app") async throws {
  let blobs = [SampleBlob([]), SampleBlob.random(1), SampleBlob.random(5 << 20)]
  for blob in blobs {
    try await client.putBlob(blob, in: repository)
    #expect(try await client.hasBlob(blob.descriptor, in: repository))
  }
  let manifest = sampleManifest(config: blobs[1].descriptor, layers: [blobs[0].descriptor, blobs[2].descriptor])
  let digest = SHA256Hasher.digest(of: manifest)
  let isIndexed = try await client.putManifest(manifest, mediaType: .ociManifest, as: .tag("v1"), in: repository)
  #expect(!isIndexed)
  #expect(try await client.hasManifest(.tag("v1"), in: repository) == digest)
  for reference in [ManifestReference.tag("v1"), .digest(digest)] {
    let fetched = try #require(try await client.manifest(reference, in: repository))
    #expect(fetched.bytes == manifest)
    #expect(fetched.descriptor.digest == digest)
    #expect(fetched.descriptor.mediaType == .ociManifest)
  }
  for blob in blobs {
    for offset in Set([0, blob.bytes.count / 3, blob.bytes.count]) {
      let collector = Collector()
      try await client.blob(blob.descriptor, in: repository, from: offset) { collector.take($0) }
      #expect(collector.bytes == Array(blob.bytes[offset...]))
    }
  }
}
