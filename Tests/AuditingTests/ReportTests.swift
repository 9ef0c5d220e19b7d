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

/// What is written of a head.
@Suite struct ReportTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func head(_ draft: BundleDraft, _ name: String = "bundle") throws -> AuditedHead {
    try FileSystem.write(draft.bytes(), to: directory(name))
    return try AuditedHead(directory(name), trust: TrustOptions(), environment: ["TMPDIR": directory.path])
  }

  private func text(_ draft: BundleDraft, _ format: ReportFormat = .html) throws -> String {
    String(decoding: try head(draft).report(format), as: UTF8.self)
  }

  @Test(arguments: ReportFormat.allCases) func theSameHeadGivesTheSameBytes(format: ReportFormat) throws {
    #expect(try text(MonthlyBundle.november, format) == text(MonthlyBundle.november, format))
  }

  @Test func thePageHasEachKindAndWhatGrantsRightsFirst() throws {
    let page = try text(MonthlyBundle.november)
    for word in [
      "4.18.2", "mover.v1.8.10", "podinfo 6.5.1", "team/app:1.0", "tool.bin", "idms-release-0", "openssl dgst",
    ] { #expect(page.contains(word)) }
    let objects = try #require(page.firstRange(of: "<section id=manifests>"))
    let binding = try #require(page[objects.upperBound...].firstRange(of: "ClusterRoleBinding"))
    let settings = try #require(page[objects.upperBound...].firstRange(of: "ConfigMap"))
    #expect(binding.lowerBound < settings.lowerBound)
  }

  @Test func whatHasChangedIsToldWhereAnEarlierOneIsNamed() throws {
    let old = try head(MonthlyBundle.october, "old")
    let new = try head(MonthlyBundle.november, "new")
    let bytes = try new.report(.html) { try BundleDiff(.bundle(old), .bundle(new)) }
    let page = String(decoding: bytes, as: UTF8.self)
    #expect(page.contains("version 1.8.3 -&gt; 1.8.10"))
    #expect(page.contains("<del>-  greeting: &quot;hello&quot;</del>"))
    #expect(page.contains("4.18.1 → 4.18.2"))
    #expect(try !text(MonthlyBundle.november).contains("id=changes"))
  }

  @Test func hostileTextStaysText() throws {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u{202E}\u{1B}[2K\u{9B}"
    var draft = try MonthlyBundle.november
    draft.index.images[0].source = hostile
    draft.index.images[0].also = [.init(source: hostile + "2", reason: .requested)]
    draft.index.catalogs[0].packages[0].name = hostile
    draft.index.catalogs[0].packages[0].channels = [hostile]
    draft.index.catalogs[0].packages[0].defaultChannel = hostile
    draft.index.catalogs[0].source = hostile
    draft.index.carriedFiles[0].source = hostile
    draft.index.producer.name = hostile
    draft.index.releases[0].source = hostile
    draft.setGreeting("</pre></script><b onclick=x>")
    let plain = try text(MonthlyBundle.november)
    let page = try text(draft)
    #expect(page.count(of: "<script") == 1 && page.count(of: "</script>") == 1)
    for tag in ["<img", "<b onclick", "<table", "<section", "</pre>"] {
      #expect(page.count(of: tag) == plain.count(of: tag))
    }
    #expect(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"))
    #expect(page.unicodeScalars.allSatisfy { ![0x1B, 0x202E, 0x9B].contains($0.value) })
    for format in ReportFormat.allCases where format != .html {
      let document = try text(draft, format)
      #expect(document.unicodeScalars.allSatisfy { ![0x1B, 0x202E, 0x9B].contains($0.value) })
      _ = try JSONReader.value(Array(document.utf8), source: "the document")
    }
  }

  @Test func theLongestTextsAreShownAndLongerOnesAreRefused() throws {
    var draft = try MonthlyBundle.november
    draft.index.images[0].source = String(repeating: "x", count: 4096)
    #expect(try text(draft).contains(draft.index.images[0].source))
    draft.index.images[0].source = String(repeating: "x", count: 1 << 20)
    let error = #expect(throws: SealiftError.self) { try head(draft) }
    #expect(error?.code == .corrupt && (error?.problem.utf8.count ?? .max) < 1000)
  }

  @Test(arguments: ReportFormat.allCases) func anEmptyBundleHasAReportToo(format: ReportFormat) throws {
    let document = try text(BundleDraft(), format)
    #expect(document.contains(format == .inToto ? "bundle.json" : format == .html ? "no signature" : "created"))
  }

  @Test func sizesAreThoseOfAllParts() throws {
    let head = try head(MonthlyBundle.november)
    let sizes = try ImageSizes(head).sizes
    let mover = try #require(zip(head.index.images, sizes).first { $0.0.destination == "team/mover" })
    let own = "mover 1.8.10".utf8.count + mover.0.manifest.size
    #expect(mover.1.own == own)
    #expect(mover.1.bytes == own + 4 + 37)
  }

  @Test func aBillNamesEachBlobOnceAndTheBillsThatTravelAlong() throws {
    let head = try head(MonthlyBundle.november)
    let inventory = try Inventory(head)
    let index = head.index
    let blobs = Set(index.metadata.map(\.digest) + index.blobs.map(\.descriptor.digest))
    let listed = inventory.components.filter {
      [.image, .chart, .operatorBundle, .release, .layer, .config].contains($0.kind)
    }
    let files = Set(index.carriedFiles.map(\.digest))
    #expect(Set(listed.map(\.digest)) == blobs.subtracting(files))
    #expect(listed.count == blobs.count - files.count)
    #expect(Set(inventory.components.map(\.reference)).count == inventory.components.count)
    let app = try #require(inventory.components.first { $0.name == "team/app" })
    #expect(app.companions.map(\.kind) == ["SBOM"])
    #expect(app.purls == ["pkg:oci/app@sha256%3A\(app.digest.hex)?repository_url=registry.example/team/app&tag=1.0"])
    let mover = try #require(inventory.components.first { $0.kind == .operatorBundle })
    #expect(mover.name == "mover.v1.8.10" && mover.version == "1.8.10")
  }
}

extension String {
  fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
