import BundleFormat
import Content
import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

@testable import Auditing

/// What two heads differ in.
@Suite struct BundleDiffTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Writes a bundle, and gives its path.
  private func written(_ draft: BundleDraft, _ name: String) throws -> String {
    try FileSystem.write(draft.bytes(), to: directory(name))
    return directory(name)
  }

  private func compared(_ from: BundleDraft, _ to: BundleDraft) throws -> BundleDiff {
    try diff(written(from, "from"), written(to, "to"), trust: TrustOptions(), environment: ["TMPDIR": directory.path])
  }

  @Test func aBundleIsTheSameAsItself() throws {
    let october = try MonthlyBundle.october
    let found = try compared(october, october)
    #expect(found.isSame)
    #expect(found.sections.allSatisfy { $0.section?.isSame == true })
    #expect(DiffKind.allCases.allSatisfy { (found[$0]?.unchanged ?? 0) > 0 })
    #expect(found.brings?.blobs == 0 && found.lacks?.blobs == 0)
    #expect(found.shared?.bytes == found.to.head?.contents.blobBytes)
  }

  @Test func theSameContentAtAnotherTimeIsTheSame() throws {
    var later = try MonthlyBundle.october
    later.index.created = "2027-01-01T00:00:00Z"
    let found = try compared(MonthlyBundle.october, later)
    #expect(found.isSame)
    #expect(found.from.id != found.to.id)
  }

  @Test func eachKindSaysWhatHasComeAndGoneAndChanged() throws {
    let found = try compared(MonthlyBundle.october, MonthlyBundle.november)
    #expect(!found.isSame)
    #expect(found[.releases]?.added.map(\.name) == ["4.18.2 amd64"])
    #expect(found[.releases]?.removed.map(\.name) == ["4.18.1 amd64"])
    let package = try #require(found[.operators]?.changed.first)
    #expect(package.name == "mover in registry.example/team/catalog")
    let version = try #require(package.facts.first { $0.name == "version" })
    // Not by their letters.
    #expect(version.from == .string("1.8.3") && version.to == .string("1.8.10"))
    let chart = try #require(found[.charts]?.changed.first)
    #expect(chart.name == "podinfo")
    #expect(chart.facts.first { $0.name == "versions" }?.to == .array([.string("6.5.1")]))
    #expect(found[.catalogs]?.changed.map(\.name) == ["registry.example/team/catalog"])
    #expect(found[.files]?.changed.map(\.name) == ["tool.bin"])
    #expect(found[.images]?.changed.map(\.name) == ["team/catalog:v4.18"])
    #expect(
      found[.images]?.added.map(\.name) == ["charts/podinfo:6.5.1", "openshift/release:4.18.2", "team/mover:1.8.10"])
    #expect(found[.images]?.unchanged == 2)
    #expect(found[.signers]?.isSame == true && found[.tools]?.isSame == true)
  }

  @Test func objectsThatGrantRightsAreNamedAndTextsComparedLineByLine() throws {
    let manifests = try #require(try compared(MonthlyBundle.october, MonthlyBundle.november)[.manifests])
    #expect(manifests.added.map { $0["grants"] } == [.string("grants rights")])
    let settings = try #require(manifests.changed.first)
    #expect(settings.name == "config/ConfigMap/team_settings.yaml")
    #expect(
      settings.lines.filter { "+-".contains($0.first ?? " ") } == [
        #"-  greeting: "hello""#, #"+  greeting: "goodbye""#,
      ])
  }

  @Test func whatTheSecondBringsIsCountedOnce() throws {
    let found = try compared(MonthlyBundle.october, MonthlyBundle.november)
    let head = try #require(found.to.head)
    let old = try #require(found.from.head)
    #expect(found.brings.map { $0.bytes + (found.shared?.bytes ?? 0) } == head.contents.blobBytes)
    #expect(found.lacks.map { $0.bytes + (found.shared?.bytes ?? 0) } == old.contents.blobBytes)
    let mover = try #require(found[.images]?.added.last)
    // Its manifest and the one layer that is its own; the config and the base layer were there.
    let layer = "mover 1.8.10".utf8.count
    let manifest = try #require(head.index.images.first { $0.destination == "team/mover" }).manifest.size
    #expect(mover["newBytes"]?.integer == layer + manifest)
    #expect(mover["bytes"]?.integer == layer + manifest + 4 + 37)
  }

  @Test func anotherSignerIsADifference() throws {
    var more = try MonthlyBundle.october
    more.keys.append(try TinyBundle.secondKey)
    let found = try compared(MonthlyBundle.october, more)
    #expect(found.from.id == found.to.id && !found.isSame)
    #expect(found[.signers]?.added.count == 1)
  }

  @Test func anotherSourceOfTheSameImageIsADifference() throws {
    var other = try MonthlyBundle.october
    other.index.images[0].source = "elsewhere.example/team/app:1.0"
    let change = try #require(try compared(MonthlyBundle.october, other)[.images]?.changed.first)
    #expect(change.facts.map(\.name) == ["sources"])
  }

  @Test func catalogsOfTwoVersionsAreHeldApart() throws {
    func adding(_ draft: BundleDraft) -> BundleDraft {
      var draft = draft
      var second = draft.index.catalogs[0]
      second.source = "registry.example/team/catalog:v4.17"
      draft.index.catalogs.append(second)
      return draft
    }
    let found = try compared(adding(MonthlyBundle.october), adding(MonthlyBundle.november))
    #expect(
      found[.operators]?.changed.map(\.name)
        == ["mover in registry.example/team/catalog:v4.17", "mover in registry.example/team/catalog:v4.18"])
  }

  @Test func twoBundlesWithNothingInCommon() throws {
    var empty = BundleDraft()
    empty.keys = [try TinyBundle.secondKey]
    let found = try compared(empty, MonthlyBundle.october)
    #expect(found.sections.allSatisfy { ($0.section?.unchanged ?? 1) == 0 && $0.section?.changed.isEmpty == true })
    #expect(found.shared?.blobs == 0 && found.lacks?.blobs == 0)
    #expect(found.brings?.bytes == found.to.head?.contents.blobBytes)
  }

  @Test func theBeginningOfAFileIsEnoughAndSaysWhatIsMissing() throws {
    let bytes = try MonthlyBundle.october.bytes()
    let whole = try written(MonthlyBundle.october, "whole")
    let head = try AuditedHead(whole, trust: TrustOptions(), environment: [:])
    #expect(head.missingBytes == 0)
    try FileSystem.write(Array(bytes.dropLast(1000)), to: directory("head"))
    let found = try diff(whole, directory("head"), trust: TrustOptions(), environment: [:])
    #expect(found.isSame)
    #expect((found.to.head?.missingBytes ?? 0) > 0)
    try FileSystem.write(Array(bytes.prefix(66_000)), to: directory("cut"))
    let error = #expect(throws: SealiftError.self) {
      try diff(whole, directory("cut"), trust: TrustOptions(), environment: [:])
    }
    #expect(error?.code == .corrupt)
  }

  @Test func aBundleOfAnotherVersionIsRefusedByName() throws {
    var newer = try MonthlyBundle.november
    newer.changeText = { $0.replacing(#""apiVersion":"sealift/v1""#, with: #""apiVersion":"sealift/v2""#) }
    let error = #expect(throws: SealiftError.self) { try compared(MonthlyBundle.october, newer) }
    #expect(error?.problem.contains("sealift/v2") == true)
  }
}
