import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// `pack` of operator catalogs, from the registry to an empty one.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"), .timeLimit(.minutes(20)))
struct PackCatalogTests {
  private let job: CatalogJob

  init() throws { job = try CatalogJob() }

  private static let mixed = """
    - catalog: @harbour
      packages:
      - {name: lighthouse, minVersion: 1.1.0, channels: [{name: stable}, {name: candidate}]}
      - {name: beacon, defaultChannel: fast, channels: [{name: fast}]}
      - {name: pier}
    """

  @Test func whatThePlanSaysIsWhatArrives() throws {
    try job.configure(Self.mixed)
    let plan = try job.packed("--dry-run")
    #expect(
      CatalogJob.bundles(plan) == [
        "beacon.v1.2.0", "lighthouse.v1.1.0", "lighthouse.v1.2.0", "lighthouse.v1.3.0", "lighthouse.v2.0.0-1",
        "lighthouse.v2.0.0-5", "pier.v3.2.0",
      ])
    let report = try job.packed()
    #expect(report["bundle"] == plan["bundle"])
    #expect(try job.inspected()["catalogs"] == plan["catalogs"])

    let target = try RegistryServer()
    try Program.succeed([
      "unpack", job.bundle, target.address, "--allow-unsigned", "--dest-tls-verify=false", "--manifests",
      job.directory("manifests"),
    ])
    #expect(try RegistryStorage(target).allTags() == CatalogJob.planned(plan))
    let digest = try #require(plan["catalogs"]?.elements?.first?["digest"]?.text)
    let source = try FileSystem.read(job.directory("manifests/CatalogSource/cs-harbour-v1.yaml"), limit: 1 << 16)
    #expect(String(decoding: source, as: UTF8.self).contains("image: \(target.address)/catalogs/harbour@\(digest)\n"))
  }

  @Test func theImageReadsBackAsThePlannedDocuments() throws {
    try job.configure(Self.mixed)
    try Program.succeed(job.pack())
    try Program.succeed(["unpack", job.bundle, "oci:\(job.directory("layout"))", "--allow-unsigned"])
    for architecture in ["amd64", "arm64"] {
      let root = try unpackedAsNobody(architecture)
      let files = try runTool("sh", ["-c", "cd \(root)/configs && find . -type f | sort"])
      #expect(
        files.output == "./beacon/catalog.json\n./catalog.json\n./lighthouse/catalog.json\n./pier/catalog.json\n")
      // Nothing of the former catalog, and all the rest of its image.
      let rest = try runTool("sh", ["-c", "cat \(root)/etc/architecture; test -x \(root)/bin/opm && echo opm"])
      #expect(rest.output == "\(architecture)opm\n")
      // The cache of the former one is gone too, and the directory that it was in stays open to all.
      let left = try runTool("sh", ["-c", "cd \(root)/tmp && ls -A && stat -c %a ."])
      #expect(left.output == "1777\n")
      let listed = try Program.succeed(["list", "operators", "--catalog", "dir:\(root)/configs", "--json"])
      let packages = try JSONReader.value(Array(listed.output.utf8), source: "the list")["packages"]?.elements ?? []
      #expect(packages.compactMap { $0["name"]?.text } == ["beacon", "lighthouse", "pier"])
      #expect(
        try documents("\(root)/configs/pier/catalog.json").map { $0["schema"]?.text } == [
          "olm.package", "olm.channel", "olm.bundle",
        ])
      let bundle = try #require(
        job.world.documents(of: "pier").first { $0["name"]?.text == "pier.v3.2.0" })
      #expect(try documents("\(root)/configs/pier/catalog.json").map(canonical).contains(canonical(bundle)))
      let beacon = try documents("\(root)/configs/beacon/catalog.json")
      #expect(beacon.first?["defaultChannel"]?.text == "fast")
    }
  }

  @Test func aWholeCatalogTravelsByteForByte() throws {
    try job.configure("- {catalog: @harbour, full: true}", also: "blockedImages:\n- name: wreck/gone")
    let result = try Program.succeed(job.pack())
    #expect(
      result.errors.contains(
        "note: \(job.world.gone[0]) (image of bundle wreck.v1.1.0 of \(job.world.reference("harbour"))) is left out: "
          + "line "))
    let catalog = try #require(job.inspected()["catalogs"]?.elements?.first)
    #expect(catalog["digest"]?.text == job.world.catalogs["harbour"]?.description)
    #expect(catalog["pruned"] == .boolean(false))
    let images = try #require(try job.inspected()["images"]?.elements)
    #expect(images.contains { $0["reason"]?.text == "catalog" && $0["source"]?.text == job.world.reference("harbour") })
    #expect(try !job.manifest("config/CatalogSource/cs-harbour-v1.yaml").contains("extractContent"))
  }

  @Test func anImageThatIsGoneIsNamedWithItsBundleAndCatalog() throws {
    try job.configure("- {catalog: @harbour, packages: [{name: wreck}]}")
    let result = try Program.run(job.pack())
    #expect(result.status == 66)
    #expect(
      result.errors.contains(
        "error: \(job.world.gone[0]) (image of bundle wreck.v1.1.0 of \(job.world.reference("harbour"))) does not exist"
      ))
    #expect(result.errors.contains("--keep-going"))
    #expect(!FileSystem.exists(job.bundle))
  }

  @Test func keepGoingLeavesOutWhatNeedsIt() throws {
    try job.configure("- {catalog: @harbour, full: true}")
    for isDry in [true, false] {
      let result = try Program.run(job.pack("--keep-going", "--json") + (isDry ? ["--dry-run"] : []))
      #expect(result.status == 2, "\(result.errors)")
      let report = try JSONReader.value(Array(result.output.utf8), source: "the report")
      let missing = report["missing"]?.elements?.compactMap(\.text) ?? []
      #expect(missing.count == 2)
      #expect(missing.first?.hasPrefix(job.world.gone[0]) == true)
      #expect(missing.last?.hasPrefix("bundle wreck.v1.1.0 of ") == true)
      #expect(CatalogJob.bundles(report).filter { $0.hasPrefix("wreck") } == ["wreck.v1.0.0"])
      #expect(report["catalogs"]?.elements?.first?["pruned"] == .boolean(true))
      #expect(!CatalogJob.planned(report).contains { $0.contains("wreck.v1.1.0") })
    }
    try Program.succeed(["verify", job.bundle, "--allow-unsigned"])
    try job.configure("- {catalog: @harbour, packages: [{name: wreck}]}")
    let nothing = try Program.run(job.pack("--keep-going"))
    #expect(nothing.status == 66)
    #expect(nothing.errors.contains("nothing is left of \(job.world.reference("harbour"))"), "\(nothing.errors)")
  }

  @Test func whatOthersNeedIsAskedForOrAdded() throws {
    try job.configure("- {catalog: @harbour, packages: [{name: beacon}, {name: tug}]}")
    let refused = try Program.run(job.pack())
    #expect(refused.status == 78)
    #expect(refused.errors.contains("beacon.v1.1.0 needs package 'lighthouse' in '>=1.1.0 <2.0.0'"))
    #expect(refused.errors.contains("{name: pier, channels: [{name: stable, minVersion: 3.2.0, maxVersion: 3.2.0}]}"))
    let report = try job.packed("--with-dependencies")
    #expect(
      CatalogJob.bundles(report) == [
        "beacon.v1.1.0", "beacon.v1.2.0", "lighthouse.v1.3.0", "pier.v3.2.0", "tug.v0.1.0",
      ])
    let notes = report["notes"]?.elements?.compactMap(\.text) ?? []
    #expect(notes.contains { $0.contains("pier.v3.2.0 of package 'pier' is added through channel 'stable'") })

    try job.configure("- {catalog: @harbour, packages: [{name: beacon}, {name: tug}], skipDependencies: true}")
    let skipped = try job.packed()
    #expect(CatalogJob.bundles(skipped) == ["beacon.v1.1.0", "beacon.v1.2.0", "tug.v0.1.0"])
    #expect(
      skipped["notes"]?.elements?.compactMap(\.text).contains { $0.contains("beacon.v1.1.0 needs package") } == true)
  }

  @Test func aCatalogCanBeMadeOnNothing() throws {
    try job.configure(Self.mixed)
    let report = try job.packed("--catalog-base", "scratch", "--catalog-by-tag")
    let image = try #require(report["images"]?.elements?.first)
    #expect(image["platforms"] == .array([.string("linux/amd64"), .string("linux/arm64")]))
    let source = try job.manifest("config/CatalogSource/cs-harbour-v1.yaml")
    #expect(source.contains("catalogDir: /configs") && !source.contains("cacheDir"))
    #expect(source.contains("image: sealift.target.invalid/catalogs/harbour:v1"))
  }

  @Test(arguments: [("database", 0), ("dir", 1), ("oci", 2)])
  func catalogsWithoutAnImageOfTheirOwnNeedABase(kind: String, number: Int) throws {
    let catalog = [
      "@database", "dir:\(job.world.configs)", "oci://\(job.world.layout):catalogs/database:v1",
    ][number]
    try job.configure("- {catalog: @database, packages: [{name: pier}]}".replacing("@database", with: catalog))
    if number == 0 { try job.configure("- catalog: @database\n  packages: [{name: pier}]") }
    let refused = try Program.run(job.pack())
    #expect(refused.status == 78, "\(refused.errors)")
    #expect(refused.errors.contains("is no image of a file-based catalog"))
    #expect(refused.errors.contains("--catalog-base"))
    let report = try job.packed("--catalog-base", job.world.reference("harbour"))
    #expect(CatalogJob.bundles(report) == ["pier.v3.2.0"])
    let name = ["catalogs/database:v1", "configs:latest", "images:latest"][number]
    #expect(CatalogJob.planned(report).contains { $0.hasPrefix(name + " ") })
    let source = try #require(report["images"]?.elements?.first?["source"]?.text)
    #expect(source.hasPrefix("built:catalog/"))
  }

  @Test func twoCatalogsDoNotGetOneName() throws {
    let tail = "packages: [{name: pier}], targetCatalog: a/b, targetTag: v1}"
    try job.configure("- {catalog: @harbour, \(tail)\n- {catalog: @docker, \(tail)")
    let result = try Program.run(job.pack())
    #expect(result.status == 78)
    #expect(result.errors.contains("would both be a/b:v1 at the target"), "\(result.errors)")
  }

  @Test func aTemplateKeepsItsName() throws {
    let template = job.directory("cs.yaml")
    let text =
      "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\nmetadata: {name: ours, namespace: olm}\n"
    try FileSystem.write(Array(text.utf8), to: template)
    try job.configure(
      "- {catalog: @harbour, packages: [{name: pier}], targetCatalogSourceTemplate: \(template), targetTag: v2}")
    let report = try job.packed()
    #expect(try job.manifest("config/CatalogSource/ours.yaml").contains("namespace: olm"))
    #expect(report["notes"]?.elements?.contains { $0.text?.contains("ours in the namespace olm") == true } == true)
  }

  @Test(arguments: [
    ("no-label", 76, "is no operator catalog"), ("label-outside", 76, "which is no place within the image"),
    ("layer-outside", 76, "could lead out of it"), ("database-truncated", 65, "/database/index.db cannot be read"),
    ("database-99", 65, "is of migration 99"),
  ])
  func whatIsNoCatalogIsRefused(name: String, status: Int32, problem: String) throws {
    try job.configure("- catalog: @\(name)\n  packages: [{name: lighthouse}]")
    let result = try Program.run(job.pack())
    #expect(result.status == status)
    #expect(result.errors.contains(problem), "\(result.errors)")
    #expect(result.errors.contains(job.world.reference(name)))
  }

  @Test(arguments: [
    ("- {catalog: @harbour, packages: [{name: lighthuse}]}", "isc:5:15: ", "did you mean 'lighthouse'?"),
    ("- {catalog: @harbour, packages: [{name: pier, channels: [{name: stabel}]}]}", "isc:5:15: ", "'stabel'"),
    ("- {catalog: @harbour, packages: [{name: pier, minVersion: 9.0.0}]}", "isc:5:15: ", "9.0.0 and above"),
  ])
  func whatTheCatalogDoesNotHaveIsNamedWithItsLine(operators: String, place: String, problem: String) throws {
    try job.configure(operators)
    let result = try Program.run(job.pack())
    #expect(result.status == 78)
    #expect(result.errors.contains(place.replacing("isc", with: job.directory("imageset-config.yaml"))))
    #expect(result.errors.contains(problem), "\(result.errors)")
  }

  /// The root of the rebuilt image, unpacked by `umoci` as a user that may do nothing.
  private func unpackedAsNobody(_ architecture: String) throws -> String {
    let place = job.directory("unpacked-\(architecture)")
    let script = """
      skopeo copy -q --override-arch \(architecture) oci:\(job.directory("layout")):catalogs/harbour:v1 oci:\(place)/one:x
      chmod -R a+rX \(place); mkdir -m 777 \(place)/out
      if [ "$(id -u)" = 0 ]; then chmod a+x \(job.directory.path); as='setpriv --reuid=65534 --regid=65534 --clear-groups'; fi
      HOME=/nonexistent $as umoci unpack --rootless --image \(place)/one:x \(place)/out/bundle
      """
    try FileSystem.makeDirectory(place)
    let result = try runTool("sh", ["-ec", script])
    try #require(result.status == 0, "\(result.errors)")
    return "\(place)/out/bundle/rootfs"
  }

  private func documents(_ path: String) throws -> [JSONValue] {
    let text = String(decoding: try FileSystem.read(path, limit: 1 << 24), as: UTF8.self)
    let result = try runTool("jq", ["-c", "."], input: text)
    return try result.output.split(separator: "\n").map { try JSONReader.value(Array($0.utf8), source: path) }
  }

  private func canonical(_ value: JSONValue) -> [UInt8] { JSONWriter.bytes(of: value) }
}
