internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// A page on a bundle that needs no network, no other file, and no trust in what the bundle says.
struct ReportPage {
  let head: AuditedHead
  let since: BundleDiff?
  private let sizes: ImageSizes

  /// - Parameter since: What has changed since an earlier one.
  init(_ head: AuditedHead, since: BundleDiff?) throws(SealiftError) {
    self.head = head
    self.since = since
    sizes = try ImageSizes(head)
  }

  /// The page.
  func bytes() throws -> [UInt8] {
    var page = HTMLWriter()
    begin(&page)
    page.section("decide", "To be looked at") { attention(&$0) }
    if let since { page.section("changes", "What has changed") { changes(since, &$0) } }
    page.section("signatures", "Signatures", count: head.judged.signatures.count) { signatures(&$0) }
    releases(&page)
    catalogs(&page)
    charts(&page)
    page.section("images", "Images", count: head.contents.images.count) { images(&$0) }
    files(&page)
    try manifests(&page)
    page.markup("<script>")
    page.markup(PageAssets.script)
    page.markup("</script></body></html>\n")
    return page.bytes
  }

  private func begin(_ page: inout HTMLWriter) {
    page.markup(
      "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n<meta http-equiv=Content-Security-Policy content=\"")
    // Its quotes are those of the policy's own words, and none ends the attribute.
    page.text(PageAssets.policy)
    page.markup("\">\n<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<title>Bundle ")
    page.text(shortID)
    page.markup("</title>\n<style>")
    page.markup(PageAssets.style)
    page.markup("</style></head><body>\n<h1>Bundle ")
    page.text(shortID)
    page.markup("</h1>\n<dl>\n")
    facts(&page)
    page.markup("</dl>\n<nav aria-label=Contents><a href=\"#decide\">To be looked at</a>")
    if since != nil { page.markup("<a href=\"#changes\">What has changed</a>") }
    page.markup("<a href=\"#signatures\">Signatures</a>")
    if !head.contents.releases.isEmpty { page.markup("<a href=\"#releases\">Releases</a>") }
    if !head.contents.catalogs.isEmpty { page.markup("<a href=\"#operators\">Operators</a>") }
    if !chartTitles.isEmpty { page.markup("<a href=\"#charts\">Charts</a>") }
    page.markup("<a href=\"#images\">Images</a>")
    if !(head.contents.files.isEmpty && head.contents.tools.isEmpty) { page.markup("<a href=\"#files\">Files</a>") }
    if !head.contents.templates.isEmpty { page.markup("<a href=\"#manifests\">Cluster manifests</a>") }
    page.markup("</nav>\n")
  }

  private var shortID: String { "\(head.contents.id.prefix(19))…" }

  private func facts(_ page: inout HTMLWriter) {
    let contents = head.contents
    page.fact("id", contents.id)
    page.fact("made", "\(head.created) by \(head.producer)")
    if let configuration = head.index.producer.configuration {
      page.fact("configuration", configuration.description)
    }
    page.fact("content", "\(contents.images.count) images, \(contents.blobs) blobs, \(contents.blobBytes.asBytes)")
    page.fact(
      "kinds",
      "\(contents.releases.count) releases, \(contents.catalogs.flatMap(\.packages).count) operators, "
        + "\(chartTitles.count) charts, \(contents.files.count) files, \(contents.templates.count) cluster manifests")
    for base in head.index.bases { page.fact("rests on", "\(base.name), \(base.id), made \(base.created)") }
    if !contents.profiles.isEmpty { page.fact("profiles", contents.profiles.joined(separator: ", ")) }
    page.fact("trusted", trust)
  }

  private var trust: String {
    switch head.judged.isTrusted {
    case true?: "yes, by the keys that were named when this page was made"
    case false?: "no: the keys that were named when this page was made have not signed it"
    case nil: "not asked: no key was named when this page was made, so all below is what the bundle says of itself"
    }
  }

  /// The charts by title, in the order of the index.
  var chartTitles: [(title: String, image: BundleIndex.Image)] {
    head.index.images.flatMap { image in
      image.reasons.compactMap { reason in
        if case .chart(let title) = reason { (title, image) } else { nil }
      }
    }
  }

  private func attention(_ page: inout HTMLWriter) {
    var findings: [String] = []
    if head.judged.isTrusted == false { findings.append("Nobody who is trusted has signed this bundle.") }
    if head.judged.signatures.isEmpty { findings.append("This bundle carries no signature.") }
    findings += head.judged.signatures.filter { $0.state == "invalid" }.map { "The signature of \($0.keyID) is wrong." }
    findings += head.contents.releases.filter(\.signers.isEmpty).map {
      "Release \($0.version) for \($0.architecture) travels without its publisher's signature."
    }
    if !head.index.bases.isEmpty {
      findings.append(
        "This is an update: \(head.index.heldBytes.asBytes) of what its images need are not in it, and must be at the target."
      )
    }
    let powers = head.contents.templates.compactMap { template in
      template.grants.map { "\(template.kind) \(template.fullName) \($0): \(template.path)" }
    }
    let tools = head.contents.tools.count
    if tools > 0 { findings.append("A program travels beside the bundle: \(tools) files.") }
    for finding in findings + powers {
      page.markup("<p class=warn>")
      page.text(finding)
      page.markup("</p>\n")
    }
    if findings.isEmpty, powers.isEmpty { page.markup("<p>Nothing of what is told at this place.</p>\n") }
  }

  private func images(_ page: inout HTMLWriter) {
    page.markup(
      """
      <p class=filter><input id=filter type=search placeholder="Filter by name, digest, reason, source …" \
      aria-label="Filter the images" autocomplete=off spellcheck=false> <span id=matches role=status class=count></span></p>
      <p class=note>"Own" is what no other image of the bundle has: without the image, the bundle would be smaller by that.</p>
      <div class=wide>

      """)
    let images = Array(zip(head.index.images, sizes.sizes))
    // A browser lays out only the chunks that are seen.
    for start in stride(from: 0, to: images.count, by: 100) {
      page.markup("<div class=chunk>")
      page.table("Where it goes", "Digest", "Platforms", "Why", "From", "Size", "Own") { page in
        for (image, size) in images[start..<min(images.count, start + 100)] { row(image, size, &page) }
      }
      page.markup("</div>\n")
    }
    page.markup("</div>\n")
  }

  private func row(_ image: BundleIndex.Image, _ size: ImageSizes.Size, _ page: inout HTMLWriter) {
    page.markup("<tr>")
    page.cell(image.tags.isEmpty ? [image.destination] : image.destinations)
    page.code(image.manifest.digest.description)
    let without = image.absent.isEmpty ? [] : ["without \(image.absent.count) more"]
    page.cell(image.platforms + without)
    page.cell(image.reasons.map(\.description))
    page.cell(image.sources)
    page.size(size.bytes)
    page.size(size.own)
    page.markup("\n")
  }
}

extension BundleContents.Template {
  /// Its name, behind that of its namespace.
  var fullName: String { namespace.map { "\($0)/\(name)" } ?? name }
}
