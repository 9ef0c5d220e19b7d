import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Operator catalogs on their way from the publisher's registry through a bundle into an empty one.
@Suite(
  .enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"),
  .enabled(if: hasTool("skopeo") && hasTool("umoci"), "skopeo or umoci is not installed"))
struct CatalogJourneyTests {
  private let job: CatalogJob
  private var world: CatalogWorld { job.world }

  init() throws { job = try CatalogJob() }

  @Test func packagesInMixedFormsArriveAsPlannedAndNothingElse() throws {
    try job.configure(
      """
      - catalog: @harbour
        packages:
        - name: lighthouse
          channels:
          - {name: stable, minVersion: 1.0.0, maxVersion: 1.2.0}
          - {name: candidate, minVersion: 2.0.0}
        - name: pier
        - {name: tug, minVersion: 0.1.0}
        - {name: beacon, defaultChannel: fast, channels: [{name: fast}]}
      - catalog: @docker
        full: true
        targetCatalog: team/whole
        targetTag: v2
        packages: [{name: pier}]
      """)
    let kept = [
      KeptPackage(
        name: "lighthouse",
        channels: ["stable": ["1.0.0", "1.0.1", "1.1.0", "1.2.0"], "candidate": ["2.0.0-1", "2.0.0-5"]]),
      KeptPackage(name: "pier", channels: ["stable": ["3.2.0"]]),
      KeptPackage(name: "tug", channels: ["alpha": ["0.1.0"]]),
      KeptPackage(name: "beacon", channels: ["fast": ["1.2.0"]], defaultChannel: "fast"),
    ]
    let whole = [KeptPackage(name: "pier", channels: ["stable": ["3.0.0", "3.1.0", "3.1.1", "3.2.0"]])]
    try Self.checkJourney(
      job,
      [
        ("catalogs/harbour:v1", "cs-harbour-v1", ["amd64", "arm64"], kept),
        ("team/whole:v2", "cs-whole-v2", ["amd64"], whole),
      ])
    let notes = try job.packed("--dry-run")["notes"]?.elements?.compactMap(\.text) ?? []
    #expect(notes.contains { $0.contains("lighthouse.v2.0.0-1") && $0.contains("pre-release") }, "\(notes)")
  }

  @Test func aWholeCatalogArrivesAsItWas() throws {
    // What it names and nobody has is not wanted either.
    try job.configure("- {catalog: @harbour, full: true}", also: "blockedImages: [{name: wreck/gone}]")
    try Program.succeed(job.pack())
    let target = try RegistryServer()
    try Program.succeed(job.unpack(to: target))
    #expect(RegistryStorage(target).digest(of: "v1", in: "catalogs/harbour") == world.catalogs["harbour"])
  }

  @Test func aWholeDatabaseBecomesAFileBasedCatalogWhereABaseIsNamed() throws {
    try job.configure("- {catalog: @database, full: true}".replacing("@database", with: world.reference("database")))
    let asItIs = try job.packed("--dry-run")
    #expect(asItIs["catalogs"]?.elements?.first?["digest"]?.text == world.catalogs["database"]?.description)
    #expect(asItIs["notes"]?.elements?.contains { $0.text?.contains("OLM v1 cannot read") == true } == true)
    let report = try job.packed("--catalog-base", world.reference("harbour"))
    let target = try RegistryServer()
    try Program.succeed(job.unpack(to: target))
    let documents = try job.documents(of: "\(target.address)/catalogs/database:v1")
    #expect(documents.count { $0.contains(#""schema":"olm.bundle""#) } == CatalogJob.bundles(report).count)
    #expect(CatalogJob.bundles(report) == CatalogJob.bundles(asItIs))
  }

  @Test func theHeadsOfADatabaseBecomeAFileBasedCatalogOnAnotherImage() throws {
    try job.configure("- catalog: @database")
    try Program.succeed(job.pack("--catalog-base", world.reference("harbour")))
    let target = try RegistryServer()
    try Program.succeed(job.unpack(to: target))
    let image = "\(target.address)/catalogs/database:v1"
    #expect(try job.command(of: image) == ["/bin/opm", "serve", "/configs"])
    for architecture in ["amd64", "arm64"] {
      let documents = try job.documents(of: image, architecture)
      #expect(documents.count { $0.contains(#""schema":"olm.bundle""#) } == 4)
      // Nothing of the base's own catalog is left.
      #expect(documents.allSatisfy { !$0.contains("wreck") })
    }
  }

  @Test func whatIsLeftWithoutAMissingImageArrives() throws {
    try job.configure("- {catalog: @harbour, full: true, packages: [{name: wreck}, {name: pier}]}")
    let result = try Program.run(job.pack("--keep-going"))
    expectFailure(result, .incomplete, "missing")
    let kept = [
      KeptPackage(name: "wreck", channels: ["stable": ["1.0.0"]]),
      KeptPackage(name: "pier", channels: ["stable": ["3.0.0", "3.1.0", "3.1.1", "3.2.0"]]),
    ]
    let target = try RegistryServer()
    try Program.succeed(job.unpack(to: target))
    let tags = try RegistryStorage(target).allTags().filter { !$0.hasPrefix("catalogs/") }
    #expect(tags == (try world.tags(kept)))
    #expect(try job.documents(of: "\(target.address)/catalogs/harbour:v1") == world.documents(kept))
  }

  @Test func aDirectoryBecomesASmallImageFromScratch() throws {
    try job.configure("- {catalog: 'dir:\(world.configs)', packages: [{name: pier}], targetTag: v3}")
    let kept = [KeptPackage(name: "pier", channels: ["stable": ["3.2.0"]])]
    try Program.succeed(job.pack("--catalog-base", "scratch"))
    let target = try RegistryServer()
    let manifests = job.directory("manifests")
    try Program.succeed(job.unpack(to: target, "--manifests", manifests))
    #expect(try job.documents(of: "\(target.address)/configs:v3") == world.documents(kept))
    let source = try FileSystem.read("\(manifests)/CatalogSource/cs-configs-v3.yaml", limit: 1 << 16)
    #expect(String(decoding: source, as: UTF8.self).contains("extractContent:"))
  }

  @Test func theSameInputsGiveTheSameBundle() throws {
    try job.configure("- {catalog: @harbour, packages: [{name: lighthouse}, {name: pier}]}")
    try Program.succeed(job.pack())
    let first = try FileSystem.read(job.bundle, limit: 1 << 26)
    try runOrFail("rm", [job.bundle])
    try Program.succeed(job.pack())
    #expect(try FileSystem.read(job.bundle, limit: 1 << 26) == first)
  }

  @Test(.enabled(if: Corpus.isPresent, "\(Corpus.reason)"))
  func fivePackagesOfARealCatalogArriveAsPlannedAndNothingElse() throws {
    let names = [
      "aws-neuron-operator", "apicurio-registry-3", "multi-nic-cni-operator", "clusterpulse", "slurm-operator",
    ]
    let real = try CatalogWorld(from: Corpus.path("catalogs/community-operators-prod/v4.19"), packages: names)
    let job = try CatalogJob(real)
    try job.configure(
      """
      - catalog: @harbour
        packages:
        - name: aws-neuron-operator
        - {name: apicurio-registry-3, minVersion: 3.2.2, maxVersion: 3.2.4}
        - name: multi-nic-cni-operator
          channels: [{name: alpha, minVersion: 1.2.8}, {name: stable}]
        - {name: clusterpulse, defaultChannel: fast-v0, channels: [{name: fast-v0}]}
      - catalog: oci:\(real.layout):catalogs/harbour:v1
        full: true
        targetCatalog: team/whole
        packages: [{name: slurm-operator}]
      """)
    let kept = [
      KeptPackage(name: "aws-neuron-operator", channels: ["Fast": ["1.2.0"], "Stable": ["1.2.0"]]),
      KeptPackage(
        name: "apicurio-registry-3",
        channels: ["3.x": ["3.2.2", "3.2.3", "3.2.4"], "3.2.x": ["3.2.2", "3.2.3", "3.2.4"]]),
      KeptPackage(
        name: "multi-nic-cni-operator", channels: ["alpha": ["1.2.8", "1.2.9", "1.3.0", "1.3.1"], "stable": ["1.2.6"]]),
      KeptPackage(name: "clusterpulse", channels: ["fast-v0": ["0.3.0"]], defaultChannel: "fast-v0"),
    ]
    let whole = [
      KeptPackage(
        name: "slurm-operator",
        channels: ["alpha": ["0.4.0", "0.4.1-1", "0.4.1-2"], "release-1.0": ["1.0.0", "1.0.1", "1.0.1-1"]])
    ]
    try Self.checkJourney(
      job,
      [
        ("catalogs/harbour:v1", "cs-harbour-v1", ["amd64", "arm64"], kept),
        ("team/whole:latest", "cs-whole-latest", ["amd64", "arm64"], whole),
      ])
  }

  /// Packs, unpacks into an empty registry, and looks at all that is there.
  ///
  /// - Parameter expected: For each catalog its name there, that of its `CatalogSource`, its platforms and its packages.
  private static func checkJourney(
    _ job: CatalogJob,
    _ expected: [(image: String, name: String, architectures: [String], packages: [KeptPackage])]
  ) throws {
    let planned = try job.packed("--dry-run")
    #expect(!FileSystem.exists(job.bundle))
    let packed = try job.packed()
    for member in ["bundle", "catalogs", "images", "manifests", "notes"] {
      #expect(planned[member] == packed[member], "\(member)")
    }
    let target = try RegistryServer()
    let manifests = job.directory("manifests")
    try Program.succeed(job.unpack(to: target, "--manifests", manifests))

    let catalogs = packed["catalogs"]?.elements ?? []
    try #require(catalogs.count == expected.count)
    var tags = try Set(expected.flatMap { try job.world.tags($0.packages) })
    for (catalog, expected) in zip(catalogs, expected) {
      let digest = try #require(catalog["digest"]?.text)
      tags.insert("\(expected.image) \(digest)")
      #expect(
        catalog["packages"]?.elements?.map { $0["name"]?.text } == expected.packages.map(\.name).sorted().map { $0 })
      for package in expected.packages {
        let plan = catalog["packages"]?.elements?.first { $0["name"]?.text == package.name }
        #expect(plan?["bundles"]?.elements?.compactMap(\.text) == package.bundles.sorted(), "\(package.name)")
        #expect(plan?["channels"]?.elements?.compactMap(\.text) == package.channels.keys.sorted(), "\(package.name)")
      }
      let image = "\(target.address)/\(expected.image)"
      for architecture in expected.architectures {
        #expect(try job.documents(of: image, architecture) == job.world.documents(expected.packages), "\(image)")
      }
      #expect(try job.command(of: image) == ["/bin/opm", "serve", "/configs"])
      let repository = expected.image.prefix { $0 != ":" }
      let source = try FileSystem.read("\(manifests)/CatalogSource/\(expected.name).yaml", limit: 1 << 16)
      #expect(String(decoding: source, as: UTF8.self).contains("image: \(target.address)/\(repository)@\(digest)\n"))
    }
    #expect(try RegistryStorage(target).allTags() == tags.sorted())
    // All that arrived was in the plan, and the other way round.
    let destinations = (planned["images"]?.elements ?? []).flatMap { image in
      (image["destinations"]?.elements ?? []).map { "\($0.text ?? "") \(image["digest"]?.text ?? "")" }
    }
    #expect(Set(destinations) == tags)
  }
}
