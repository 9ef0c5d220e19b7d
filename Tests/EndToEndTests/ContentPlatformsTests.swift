import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// The lists in a registry of the tests, and what of them is at a target.
private struct Lists {
  let source: RegistryStorage
  let target: RegistryDouble

  /// The images of a list by their architecture; none for what is no list.
  func images(of digest: Digest) throws -> [String: Digest] {
    let bytes = try FileSystem.read(source.path(of: digest), limit: 1 << 20)
    let value = try JSONReader.value(bytes, source: "\(digest)")
    let named = (value["manifests"]?.elements ?? []).map { child in
      (child["platform"]?["architecture"]?.text ?? "?", child["digest"]?.text ?? "?")
    }
    return try Dictionary(named.map { ($0, try Digest($1)) }) { first, _ in first }
  }

  func hasManifest(_ digest: Digest, in repository: String) -> Bool {
    target.content.manifests["\(repository)@\(digest)"] != nil
  }

  /// Expects a list with its image for amd64, and without that for arm64.
  func expectInPart(_ digest: Digest, in repository: String, _ location: SourceLocation = #_sourceLocation) throws {
    let images = try images(of: digest)
    let (amd, arm) = (
      try #require(images["amd64"], sourceLocation: location), try #require(images["arm64"], sourceLocation: location)
    )
    #expect(hasManifest(digest, in: repository), sourceLocation: location)
    #expect(hasManifest(amd, in: repository), sourceLocation: location)
    #expect(!hasManifest(arm, in: repository), sourceLocation: location)
  }
}

/// Releases of which only some platforms are wanted.
@Suite(.enabled(if: ReleaseWorld.isPossible, "\(ReleaseWorld.reason)"))
struct ReleasePlatformsTests {
  private let job: ReleaseJob
  private let release: ReleaseWorld.Release

  init() throws {
    job = try ReleaseJob()
    release = try job.world.release("4.16.3", "multi")
    try job.configure(
      platform: """
        channels: [{name: stable-4.16}]
        platforms: [{os: linux, architecture: amd64}]
        kubeVirtContainer: true
        """)
  }

  @Test func aReleaseIsCarriedInPartWithItsProof() throws {
    try Program.succeed(job.pack())
    #expect(try job.packedReleases() == ["4.16.3 multi"])
    try Program.succeed(["verify", job.bundle, "--trust", job.key.publicPath, "--release-key", job.world.releaseKey])
    let target = try RegistryDouble()
    try Program.succeed(job.unpack(to: target.address))
    let lists = Lists(source: RegistryStorage(job.world.registry), target: target)
    try lists.expectInPart(release.digest, in: "openshift/release-images")
    for component in release.components.values { try lists.expectInPart(component, in: "openshift/release") }
    let disks = target.content.tags.filter { $0.contains("kube-virt-container") }
    #expect(disks == ["openshift/release:\(release.tag)-kube-virt-container-amd64"])
  }

  @Test func aRegistryThatWantsAllOfAList() throws {
    try Program.succeed(job.pack())
    let target = try RegistryServer()
    let refused = try Program.run(job.unpack(to: target.address))
    expectFailure(refused, .protocol, "was packed in part (linux/amd64", next: "architectures in place of platforms")
    let rewritten = try Program.run(job.unpack(to: target.address, "--rewrite-lists"))
    expectFailure(
      rewritten, .configuration, "is found by its digest alone", next: "architectures in place of platforms")
    #expect(try RegistryStorage(target).allTags().isEmpty)
    // The way out that is named.
    try job.configure("stable-4.16", "4.16.3"..."4.16.3", architectures: "amd64")
    try Program.succeed(job.pack())
    try Program.succeed(job.unpack(to: target.address))
  }

  @Test func deletingChoosesThemByTheirPlatforms() throws {
    try Program.succeed(job.pack())
    let text = """
      kind: DeleteImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      delete:
        platform:
          channels: [{name: stable-4.16, minVersion: 4.16.3, maxVersion: 4.16.3}]
          platforms: [{os: linux, architecture: amd64}]

      """
    try FileSystem.write(Array(text.utf8), to: job.directory("delete.yaml"))
    try Program.succeed([
      "delete", "--generate", job.directory("list.yaml"), "-c", job.directory("delete.yaml"), "--bundle", job.bundle,
      "--trust", job.key.publicPath, "--no-keep", "registry.example",
    ])
    let list = String(decoding: try FileSystem.read(job.directory("list.yaml"), limit: 1 << 20), as: UTF8.self)
    #expect(list.contains("openshift/release-images@\(release.digest)"), "\(list)")
  }
}

/// Operators of which only some platforms are wanted.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"))
struct OperatorPlatformsTests {
  private let job: CatalogJob

  init() throws { job = try CatalogJob() }

  private static let amd = "platforms: [{os: linux, architecture: amd64}]"

  private func unpack(to target: String, _ more: String...) -> [String] {
    ["unpack", job.bundle, target, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0"] + more
  }

  /// The images of the bundle: those of lists that were left out, and those that are lists.
  private func lists() throws -> [(digest: Digest, repository: String, isCatalog: Bool)] {
    try (job.inspected()["images"]?.elements ?? []).filter { $0["absent"]?.elements?.isEmpty == false }.map { image in
      let name = image["destinations"]?.elements?.first?.text ?? ""
      return (
        try Digest(image["digest"]?.text ?? ""), String(name.prefix { $0 != ":" }), image["reason"]?.text == "catalog"
      )
    }
  }

  @Test func aWholeCatalogAndAllThatItNamesAreCarriedInPart() throws {
    try job.configure(
      "- {catalog: @harbour, full: true, \(Self.amd)}", also: "blockedImages:\n- name: wreck/gone")
    try Program.succeed(job.pack())
    let target = try RegistryDouble()
    try Program.succeed(unpack(to: target.address))
    let found = Lists(source: RegistryStorage(job.world.registry), target: target)
    let lists = try lists()
    #expect(lists.contains(where: \.isCatalog) && lists.contains { !$0.isCatalog })
    for list in lists { try found.expectInPart(list.digest, in: list.repository) }
    let catalog = try #require(job.world.catalogs["harbour"])
    #expect(lists.first(where: \.isCatalog)?.digest == catalog)

    let strict = try RegistryServer()
    let refused = try Program.run(unpack(to: strict.address, "--rewrite-lists"))
    expectFailure(
      refused, .configuration, "is named by its digest in the CatalogSource", next: "pack the catalog again")
  }

  @Test(arguments: [false, true]) func aCatalogThatIsMadeHereIsMadeForThem(isScratch: Bool) throws {
    try job.configure("- {catalog: @harbour, packages: [{name: lighthouse}, {name: pier}], \(Self.amd)}")
    try Program.succeed(job.pack() + (isScratch ? ["--catalog-base", "scratch"] : []))
    let images = try job.inspected()["images"]?.elements ?? []
    let catalog = try #require(images.first { $0["reason"]?.text == "catalog" })
    #expect(catalog["platforms"]?.elements?.compactMap(\.text) == ["linux/amd64"])
    #expect(catalog["absent"]?.elements == [])
    let strict = try RegistryServer()
    // What else is a list is made anew where the target wants that.
    let done = try Program.succeed(unpack(to: strict.address, "--rewrite-lists", "--receipt", job.directory("r.json")))
    let receipt = try JSONReader.value(FileSystem.read(job.directory("r.json"), limit: 1 << 24), source: "the receipt")
    let rewritten = receipt["rewritten"]?.elements?.compactMap { $0["from"]?.text } ?? []
    #expect(try rewritten.sorted() == lists().map(\.digest.description).sorted())
    #expect(!rewritten.isEmpty && done.errors.contains("what names that digest does not find it"), "\(done.errors)")
    #expect(
      RegistryStorage(strict).digest(of: "v1", in: "catalogs/harbour")?.description == catalog["digest"]?.text)
  }

  @Test func platformsThatACatalogDoesNotHave() throws {
    try job.configure("- {catalog: @harbour, packages: [{name: pier}], platforms: [{os: linux, architecture: s390x}]}")
    let none = try Program.run(job.pack())
    #expect(
      none.status == 66 && none.errors.contains("has no image for linux/s390x; it has some for"), "\(none.errors)")
    try job.configure(
      "- {catalog: @harbour, packages: [{name: pier}], platforms: [{os: linux, architecture: amd64}, "
        + "{os: linux, architecture: s390x}]}")
    let some = try Program.succeed(job.pack())
    #expect(some.errors.contains("\(job.world.reference("harbour")) has no image for linux/s390x"), "\(some.errors)")
  }
}

/// Charts of whose images only some platforms are wanted.
@Suite(.enabled(if: HelmWorld.isPossible, "\(HelmWorld.reason)"))
struct ChartPlatformsTests {
  private let world: HelmWorld
  private let list: Descriptor

  init() throws {
    world = try HelmWorld()
    let layout = try LayoutFixture(world.directory("lists"))
    list = try layout.index(
      [
        layout.image([layout.layer(seed: 1, size: 50)]),
        layout.image([layout.layer(seed: 2, size: 50)], architecture: "arm64"),
      ])
    try RegistryStorage(world.registry).add(list, from: layout, to: "team/both", tag: "1.0")
    let archive = try world.chart("web", "1.2.3", ["values.yaml": "image: REG/team/both:1.0\n"])
    try world.index("  web: [{name: web, version: 1.2.3, urls: [web-1.2.3.tgz], digest: \(world.digest(archive))}]")
  }

  @Test(arguments: [
    "{repositories: [{name: r, url: URL, charts: [{name: web, version: 1.2.3, PLATFORMS}]}]}",
    "{local: [{name: web, path: PATH, PLATFORMS}]}",
  ])
  func theImagesOfAChartAreCarriedInPart(helm: String) throws {
    let asked = helm.replacing("PLATFORMS", with: "platforms: [{os: linux, architecture: amd64}]")
      .replacing("PATH", with: world.directory("repo/web-1.2.3.tgz"))
    let (_, images) = try world.packed(asked)
    #expect(images == ["charts/web:1.2.3 = chart web 1.2.3", "team/both:1.0 = image of chart web 1.2.3"])
    let target = try RegistryDouble()
    try Program.succeed([
      "unpack", world.bundle, target.address, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0",
    ])
    try Lists(source: RegistryStorage(world.registry), target: target).expectInPart(list.digest, in: "team/both")
    let strict = try RegistryServer()
    let refused = try Program.run(world.unpack(to: strict))
    expectFailure(refused, .protocol, "was packed in part (linux/amd64", next: "--rewrite-lists")
    try Program.succeed(world.unpack(to: strict, "--rewrite-lists"))
    let made = try #require(RegistryStorage(strict).digest(of: "1.0", in: "team/both"))
    #expect(made != list.digest)
  }
}
