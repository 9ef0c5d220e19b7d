import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// Uploads to a real registry.
@Suite(.enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)), .timeLimit(.minutes(20)))
struct UploadTests {
  private let server: RegistryServer
  private let client: RegistryClient

  init() throws {
    server = try RegistryServer()
    client = RegistryClient(server.address, options: plainOptions())
  }

  private func fetch(_ descriptor: Descriptor, _ repository: String = "app") async throws -> [UInt8] {
    let collector = Collector()
    try await client.blob(descriptor, in: repository, from: 0) { collector.take($0) }
    return collector.bytes
  }

  /// The sessions that the server still has open in a repository; of closed ones it keeps empty directories.
  private func openSessions(_ repository: String = "app") -> [String] {
    let path = "\(server.storage)/docker/registry/v2/repositories/\(repository)/_uploads"
    return ((try? FileSystem.list(path)) ?? []).filter { FileSystem.exists("\(path)/\($0)/data") }
  }

  @Test(arguments: [1, 64 << 10, (64 << 10) + 1, 1 << 20])
  func aBlobGoesInChunks(size: Int) async throws {
    var options = plainOptions()
    options.chunkBytes = 64 << 10
    let blob = SampleBlob.random(size)
    try await RegistryClient(server.address, options: options).putBlob(blob, in: "app")
    #expect(try await fetch(blob.descriptor) == blob.bytes)
    #expect(server.log.split(separator: "\n").count { $0.contains("PATCH") } > 0)
  }

  @Test func manyBlobsGoAtOnce() async throws {
    let blobs = (0..<40).map { SampleBlob.random(10_000 * $0) }
    let client = client
    try await blobs.forEachConcurrently(limit: 8) { try await client.putBlob($0, in: "app") }
    for blob in blobs { #expect(try await fetch(blob.descriptor) == blob.bytes) }
    #expect(openSessions().isEmpty)
  }

  @Test func aBlobIsMountedFromAnotherRepository() async throws {
    let blob = SampleBlob.random(1000)
    try await client.putBlob(blob, in: "base")
    #expect(try await client.mountBlob(blob.descriptor, from: "base", into: "app"))
    #expect(try await fetch(blob.descriptor) == blob.bytes)
  }

  @Test func aMountThatIsNotDoneLeavesNoSession() async throws {
    let blob = SampleBlob.random(1000)
    #expect(try await client.mountBlob(blob.descriptor, from: "base", into: "app") == false)
    #expect(openSessions().isEmpty)
  }

  // The server cannot drop a session that broke in the middle of a body, so the chunks break between two.
  @Test(arguments: [nil, 64 << 10])
  func contentThatProvesWrongIsNeverCompleted(chunkBytes: Int?) async throws {
    var options = plainOptions()
    options.chunkBytes = chunkBytes
    let blob = SampleBlob.random(200_000, failsAfter: chunkBytes == nil ? 150_000 : 2 * 65_536)
    let client = RegistryClient(server.address, options: options)
    let error = await #expect(throws: SealiftError.self) { try await client.putBlob(blob, in: "app") }
    #expect(error?.code == .corrupt)
    #expect(try await client.hasBlob(blob.descriptor, in: "app") == false)
    if chunkBytes != nil { #expect(openSessions().isEmpty) }
  }

  @Test func wrongContentIsRefusedByTheRegistry() async throws {
    let blob = SampleBlob.random(1000)
    let upload = try await client.startUpload(in: "app")
    try await upload.append(blob.bytes)
    let error = await #expect(throws: SealiftError.self) { try await upload.finish(SHA256Hasher.emptyDigest) }
    #expect(error?.code == .protocol)
  }

  @Test(arguments: [0, 1, 100_000])
  func anUploadIsFedChunkByChunk(size: Int) async throws {
    let blob = SampleBlob.random(size)
    let upload = try await client.startUpload(in: "app")
    for start in stride(from: 0, to: size, by: 30_000) {
      try await upload.append(Array(blob.bytes[start..<min(size, start + 30_000)]))
    }
    try await upload.finish(blob.descriptor.digest)
    #expect(try await fetch(blob.descriptor) == blob.bytes)
    #expect(openSessions().isEmpty)
  }

  @Test func aCancelledUploadLeavesNothing() async throws {
    let upload = try await client.startUpload(in: "app")
    try await upload.append(SampleBlob.random(1000).bytes)
    await upload.cancel()
    #expect(openSessions().isEmpty)
  }

  @Test func aManifestWithoutItsBlobsIsRefusedWithTheRegistrysWords() async throws {
    let manifest = sampleManifest(config: SampleBlob.random(10).descriptor, layers: [])
    let error = await #expect(throws: SealiftError.self) {
      try await client.putManifest(manifest, mediaType: .ociManifest, as: .tag("v1"), in: "app")
    }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains("MANIFEST_BLOB_UNKNOWN") == true)
  }

  @Test func aRegistryThatStopsHalfWayIsNamed() async throws {
    var options = plainOptions()
    options.persistence.retries = 1
    let client = RegistryClient(server.address, options: options)
    try await client.putBlob(SampleBlob.random(10), in: "app")
    server.kill()
    let error = await #expect(throws: SealiftError.self) { try await client.putBlob(SampleBlob.random(10), in: "app") }
    #expect(error?.code == .network)
    #expect(error?.problem.contains(server.address) == true)
  }
}
