import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// Packages of operator catalogs go, and what others of them share stays.
@Suite(.enabled(if: CatalogWorld.isPossible, "\(CatalogWorld.reason)"))
struct DeleteOperatorTests {
  private let job: CatalogJob
  private var world: CatalogWorld { job.world }
  private let target: RegistryServer

  init() throws {
    job = try CatalogJob()
    var options = RegistryServer.Options()
    options.allowsDelete = true
    target = try RegistryServer(options)
    try job.configure("- {catalog: @harbour, full: true, packages: [{name: lighthouse}, {name: pier}, {name: tug}]}")
    try Program.succeed(job.pack())
    try Program.succeed(job.unpack(to: target))
  }

  private func delete(_ packages: String) throws -> [String] {
    let text = """
      kind: DeleteImageSetConfiguration
      apiVersion: mirror.openshift.io/v2alpha1
      delete:
        operators:
        - catalog: \(world.reference("harbour"))
          \(packages)

      """
    try File(job.directory("delete.yaml"), .replace).write(Array(text.utf8))
    return [
      "delete", "--generate", job.directory("list.yaml"), "-c", job.directory("delete.yaml"), "--allow-unsigned",
      "--bundle", job.bundle, "--no-keep", target.address,
    ]
  }

  private func execute() throws {
    try Program.succeed([
      "delete", "--execute", job.directory("list.yaml"), "--no-keep", "--dest-tls-verify=false", target.address,
    ])
    try target.collectGarbage()
  }

  /// What the target has beside the catalog.
  private func tags() throws -> [String] {
    try RegistryStorage(target).allTags().filter { !$0.hasPrefix("catalogs/") }
  }

  private func packed(_ package: String) throws -> [String] {
    let catalog = try #require(try job.inspected()["catalogs"]?.elements?.first)
    return catalog["packages"]?.elements?.first { $0["name"]?.text == package }?["bundles"]?.elements?.compactMap(
      \.text)
      ?? []
  }

  /// The tags of bundles, as their documents name images.
  private func tags(of bundles: [String]) throws -> Set<String> {
    var tags: Set<String> = []
    for bundle in bundles {
      let package = bundle.prefix { $0 != "." }
      let version = bundle.dropFirst(package.count + 2)
      tags.formUnion(try world.tags([KeptPackage(name: String(package), channels: ["": [String(version)]])]))
    }
    return tags
  }

  @Test func aPackageGoesAndItsCatalogStaysWithANote() throws {
    let result = try Program.succeed(delete("packages: [{name: pier}]"))
    #expect(result.errors.contains("still offers what is deleted"), "\(result.errors)")
    try execute()
    let left = try tags(of: packed("lighthouse") + packed("tug"))
    #expect(try Set(tags()) == left)
    #expect(try RegistryStorage(target).allTags().contains { $0.hasPrefix("catalogs/harbour:v1") })
  }

  @Test func someVersionsOfAPackageGo() throws {
    try Program.succeed(delete("packages: [{name: lighthouse, maxVersion: 1.1.0}]"))
    try execute()
    let bundles = try packed("lighthouse")
    let gone = bundles.filter { $0.contains(".v1.0.") || $0.contains(".v1.1.0") || $0.contains(".v0.") }
    try #require(!gone.isEmpty && gone.count < bundles.count)
    let left = bundles.filter { !gone.contains($0) }
    #expect(try Set(tags()) == tags(of: left + packed("pier") + packed("tug")))
  }

  @Test func aWholeCatalogGoesWithItsImage() throws {
    try Program.succeed(delete("full: true"))
    try execute()
    #expect(try RegistryStorage(target).allTags() == [])
  }

  @Test func whatTheIndexCannotDecideIsRefused() throws {
    for (packages, words, next) in [
      ("packages: [{name: peir}]", "did you mean pier?", "lighthouse, pier, tug"),
      ("packages: [{name: lighthouse, channels: [{name: stabel}]}]", "did you mean stable?", "channels are"),
      ("packages: [{name: lighthouse, channels: [{name: stable}]}]", "is not known here", "without channels"),
      ("packages: [{name: pier, minVersion: 9.0.0}]", "has a version", "pier.v3.0.0"),
      ("targetTag: v2", "targetTag", "remove targetTag"),
      ("packages: [{name: pier, defaultChannel: a}]", "default", ""),
    ] {
      expectFailure(try Program.run(delete(packages)), .configuration, words, next: next)
    }
    let other = try delete("full: true")
    let text = "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\ndelete:\n"
    try File(job.directory("delete.yaml"), .replace).write(
      Array("\(text)  operators: [{catalog: \(world.reference("docker"))}]\n".utf8))
    expectFailure(try Program.run(other), .configuration, "has the catalog", next: world.reference("harbour"))
  }
}
