import Diagnostics
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// MTC and ODF out of directories with their real bundles; tiny images stand in for those that they name.
@Suite(
  .enabled(if: Corpus.isPresent && CatalogWorld.isPossible, "\(Corpus.reason), or \(CatalogWorld.reason)"),
  .enabled(if: hasTool("skopeo") && hasTool("umoci"), "skopeo or umoci is not installed"),
  .timeLimit(.minutes(20)))
struct PackRealBundlesTests {
  private let job: CatalogJob
  private let source: RegistryServer

  init() throws {
    job = try CatalogJob()
    source = try RegistryServer()
  }

  /// What real bundles need: packages with these versions, the last one the head, in a file-based catalog.
  private static let needed = [
    ("redhat-oadp-operator", ["1.1.0", "1.2.3", "1.3.0"]), ("ramen-hub-operator", ["0.0.1"]),
    ("ocs-tls-profiles", ["4.23.0"]), ("harbour", ["1.0.0"]),
  ]

  private struct Journey: CustomTestStringConvertible {
    let directories: [String]
    let packages: [String]
    /// The bundle that needs something, and what it needs.
    let needs: (bundle: String, packages: [String])
    let kept: [String]
    /// What the plan says of additions.
    let added: [String]

    var testDescription: String { packages.joined(separator: ", ") }
  }

  private static let journeys = [
    Journey(
      directories: ["mtc/konveyor-mig-operator-master", "mtc/migtools-mig-operator-master"],
      packages: ["mtc-operator", "crane-operator"],
      needs: ("crane-operator.v99.0.0", ["redhat-oadp-operator"]),
      kept: ["crane-operator.v99.0.0", "konveyor-operator.v99.0.0"],
      added: ["redhat-oadp-operator.v1.2.3 of package 'redhat-oadp-operator' is added through channel 'stable'"]),
    Journey(
      directories: ["odf-multicluster-orchestrator/main", "odf-operator/main/bundle/odf-operator"],
      packages: ["odf-multicluster-orchestrator", "odf-operator"],
      needs: ("odf-multicluster-orchestrator.v0.0.1", ["ocs-tls-profiles", "ramen-hub-operator"]),
      kept: ["odf-multicluster-orchestrator.v0.0.1", "odf-operator.v4.22.0"],
      added: [
        "ocs-tls-profiles.v4.23.0 of package 'ocs-tls-profiles' is added through channel 'stable'",
        "ramen-hub-operator.v0.0.1 of package 'ramen-hub-operator' is added through channel 'stable'",
      ]),
  ]

  @Test(arguments: journeys)
  private func arriveWithWhatTheyNeed(_ journey: Journey) throws {
    try copy(journey.directories, to: "operators")
    try pushImages(of: "operators")
    let packages = journey.packages.map { "{name: \($0)}" }.joined(separator: ", ")
    let own = "- catalog: dir:\(job.directory("operators"))\n  packages: [\(packages)]"
    let base = ["--catalog-base", job.world.reference("harbour")]

    try job.configure(own)
    let alone = try Program.run(job.pack() + base)
    expectFailure(alone, .configuration, "no catalog of the configuration has it", next: "add the catalog that has it")
    for name in journey.needs.packages {
      #expect(alone.errors.contains("\(journey.needs.bundle) needs package '\(name)' in "), "\(alone.errors)")
    }

    try writeNeeded(to: "needed")
    try pushImages(of: "needed")
    try job.configure(own + "\n- catalog: dir:\(job.directory("needed"))\n  packages: [{name: harbour}]")
    let refused = try Program.run(job.pack() + base)
    expectFailure(refused, .configuration, journey.needs.bundle, next: "--with-dependencies")
    for name in journey.needs.packages {
      #expect(refused.errors.contains("`- {name: \(name), channels: [{name: stable, minVersion: "), "\(refused.errors)")
    }

    let plan = try job.packed("--with-dependencies", base[0], base[1], "--dry-run")
    #expect(CatalogJob.bundles(plan) == journey.kept)
    let notes = plan["notes"]?.elements?.compactMap(\.text) ?? []
    for addition in journey.added { #expect(notes.contains { $0.contains(addition) }, "\(notes)") }
    #expect(notes.contains { $0.contains("OLM v1") && $0.contains(journey.kept[0]) }, "\(notes)")
    let packed = try job.packed("--with-dependencies", base[0], base[1])
    for member in ["bundle", "catalogs", "images", "notes"] { #expect(packed[member] == plan[member], "\(member)") }
    try check(plan)
  }

  /// Unpacks into an empty registry: what is there is what was planned.
  private func check(_ plan: JSONValue) throws {
    let target = try RegistryServer()
    let manifests = job.directory("manifests")
    try Program.succeed(job.unpack(to: target, "--manifests", manifests))
    #expect(try RegistryStorage(target).allTags() == CatalogJob.planned(plan))
    let tags = Set(try RegistryStorage(target).allTags().map { String($0.prefix { $0 != " " }) })
    for (number, name) in ["operators", "needed"].enumerated() {
      let documents = try job.documents(of: "\(target.address)/\(name):latest").map {
        try JSONReader.value(Array($0.utf8), source: "a document")
      }
      let bundles = documents.filter { $0["schema"]?.text == "olm.bundle" }
      #expect(bundles.compactMap { $0["name"]?.text }.sorted() == CatalogJob.bundles(plan, catalog: number))
      let images = bundles.flatMap { bundle in
        [bundle["image"]?.text ?? ""] + (bundle["relatedImages"]?.elements ?? []).map { $0["image"]?.text ?? "" }
      }.filter { !$0.isEmpty }
      #expect(images.count > 1)
      for image in images { #expect(tags.contains(String(image.dropFirst(source.address.count + 1))), "\(image)") }
      let catalog = try #require(plan["catalogs"]?.elements?[number])
      let digest = try #require(catalog["digest"]?.text)
      let text = try FileSystem.read("\(manifests)/CatalogSource/cs-\(name)-latest.yaml", limit: 1 << 16)
      #expect(String(decoding: text, as: UTF8.self).contains("image: \(target.address)/\(name)@\(digest)\n"))
    }
  }

  /// Copies directories of the corpus, with all images named as those of the registry of this test.
  private func copy(_ directories: [String], to name: String) throws {
    for (number, directory) in directories.enumerated() {
      let place = job.directory("\(name)/\(number)")
      try FileSystem.makeDirectory(place)
      try runOrFail("cp", ["-R", "\(Corpus.path("bundles/\(directory)"))/.", place])
    }
    try runOrFail(
      "find",
      [job.directory(name), "-name", "*.yaml", "-exec", "sed", "-i", "s|quay.io/|\(source.address)/|g", "{}", "+"])
  }

  /// Puts an image into the registry for each that the files of a directory name.
  private func pushImages(of name: String) throws {
    let pattern = "\(source.address)/[a-z0-9/._-]+:[A-Za-z0-9._-]+"
    let names = Set(try runOrFail("grep", ["-rhoE", pattern, job.directory(name)]).split(separator: "\n")).sorted()
    #expect(!names.isEmpty)
    let layout = try LayoutFixture(job.directory("images of \(name)"))
    for (number, name) in names.enumerated() {
      let reference = try ImageReference(String(name))
      let image = try layout.image([layout.layer(seed: UInt64(number), size: 100)])
      try RegistryStorage(source).add(image, from: layout, to: reference.repository, tag: reference.tag)
    }
  }

  private func writeNeeded(to name: String) throws {
    try FileSystem.makeDirectory(job.directory(name))
    for (package, versions) in Self.needed {
      var text = #"{"schema":"olm.package","name":"\#(package)","defaultChannel":"stable"}"#
      let entries = versions.indices.map { number in
        let replaces = number > 0 ? #","replaces":"\#(package).v\#(versions[number - 1])""# : ""
        return #"{"name":"\#(package).v\#(versions[number])"\#(replaces)}"#
      }.joined(separator: ",")
      text += #"{"schema":"olm.channel","package":"\#(package)","name":"stable","entries":[\#(entries)]}"#
      for version in versions {
        let identity = #"{"type":"olm.package","value":{"packageName":"\#(package)","version":"\#(version)"}}"#
        let image = "\(source.address)/needed/\(package):v\(version)"
        text += #"{"schema":"olm.bundle","package":"\#(package)","name":"\#(package).v\#(version)","#
        text += #""image":"\#(image)","properties":[\#(identity)],"relatedImages":[{"name":"","image":"\#(image)"}]}"#
      }
      try FileSystem.write(Array(text.utf8), to: job.directory("\(name)/\(package).json"))
    }
  }
}
