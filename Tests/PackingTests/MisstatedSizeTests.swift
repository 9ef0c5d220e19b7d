import Content
import Diagnostics
import Digests
import Gathering
import OCI
import Packing
import Publishing
import SystemIO
import TestSupport
import Testing

/// Images whose publisher states sizes that are not those of the bytes: a digest does not lie, a descriptor may.
struct MisstatedSizeTests {
  private let directory: TemporaryDirectory
  private let source: LayoutFixture

  init() throws {
    directory = try TemporaryDirectory()
    source = try LayoutFixture(directory("source"))
  }

  private var access: RegistryAccess {
    var access = RegistryAccess(environment: ["TMPDIR": directory.path])
    access.verifiesTLS = false
    return access
  }

  private var trust: TrustOptions {
    var trust = TrustOptions()
    trust.allowUnsigned = true
    return trust
  }

  private func packed() async throws -> PackReport {
    var options = PackOptions(output: directory("a.tar.zst"), registry: access)
    options.images = ["oci:\(source.path)"]
    options.allowUnsigned = true
    return try await pack(options, reporter: SilentReporter())
  }

  private func unpacked(_ target: String) async throws -> UnpackReport {
    try await unpack(
      UnpackOptions(bundle: BundlePlaces(directory("a.tar.zst")), target: target, trust: trust, registry: access),
      reporter: SilentReporter())
  }

  @Test("An index with wrong sizes of its images is carried as it is, said, proven and published")
  func indexes() async throws {
    var child = try source.image([source.layer(seed: 1, size: 1000)])
    child.size += 100
    var inner = try source.index([child])
    inner.size = 1
    let root = try source.index([inner, child], name: "team/app:1")
    let report = try await packed()
    let notes = report.plan.notes.filter { $0.contains("states a wrong size") }
    #expect(notes.count == 1 && notes.first?.contains("and of 1 more") == true, "\(report.plan.notes)")
    _ = try await verify(
      BundlePlaces(directory("a.tar.zst")), trust: trust, releaseTrust: ReleaseTrustOptions(environment: [:]),
      reporter: SilentReporter())
    #expect(try await unpacked("oci:\(directory("out"))").receipt?.tagCount == 1)
    let copied = try FileSystem.read(directory("out/blobs/sha256/\(root.digest.hex)"), limit: 1 << 20)
    #expect(copied == (try FileSystem.read("\(source.path)/blobs/sha256/\(root.digest.hex)", limit: 1 << 20)))
    guard RegistryServer.program != nil else { return }
    let registry = try RegistryServer()
    #expect(try await unpacked("\(registry.address)/far").receipt?.tagCount == 1)
  }

  @Test("A config or a layer of another size than its image says is refused by name, and no bundle is left")
  func blobs() async throws {
    for change in [-1, 1] {
      var layer = try source.layer(seed: 1, size: 1000)
      layer.size += change
      try source.image([layer], name: "team/app\(change + 1):1")
      let error = await #expect(throws: SealiftError.self) { _ = try await packed() }
      // A layout that says so is damaged.
      #expect(error?.code == .corrupt && error?.problem.contains(layer.digest.hex) == true, "\(error?.problem ?? "")")
      #expect(!FileSystem.exists(directory("a.tar.zst")))
    }
  }
}
