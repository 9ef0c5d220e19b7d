internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI
internal import Versions

/// What is inside, kind by kind.
extension ReportPage {
  func releases(_ page: inout HTMLWriter) {
    let releases = head.contents.releases
    guard !releases.isEmpty else { return }
    page.section("releases", "Releases", count: releases.count) { page in
      page.table("Version", "Architecture", "Digest", "Signed by", "From") { page in
        for release in releases {
          page.markup("<tr>")
          page.cell(release.version)
          page.cell(release.architecture)
          page.code(release.digest)
          page.cell(release.signers.isEmpty ? ["nobody: packed by permission"] : release.signers)
          page.cell(release.source)
          page.markup("\n")
        }
      }
      for path in updatePaths {
        page.markup("<p>Update path for ")
        page.text(path.architecture)
        page.markup(": ")
        page.text(path.versions.joined(separator: " → "))
        page.markup("</p>\n")
      }
      page.markup("<p class=note>The versions in their order. ")
      if head.index.images.contains(where: { $0.reasons.contains(.graphData) }) {
        page.markup("Which updates are recommended is in the graph data that the bundle carries.</p>\n")
      } else {
        page.markup("The bundle carries no graph data, so which updates are recommended it does not say.</p>\n")
      }
    }
  }

  /// The versions of each architecture in order; behind the newest one of the earlier bundle, where there is one.
  private var updatePaths: [(architecture: String, versions: [String])] {
    let earlier = since?.from.head?.contents.releases ?? []
    return Dictionary(grouping: head.contents.releases, by: \.architecture).sorted { $0.key < $1.key }.map {
      name, own in
      let old = earlier.filter { $0.architecture == name }.map(\.version).inOrder.last
      let new = own.map(\.version).filter { $0 != old }.inOrder
      return (name, [old].compactMap(\.self) + new)
    }
  }

  func catalogs(_ page: inout HTMLWriter) {
    guard !head.contents.catalogs.isEmpty else { return }
    page.section("operators", "Operators", count: head.contents.catalogs.reduce(0) { $0 + $1.packages.count }) { page in
      for catalog in head.contents.catalogs {
        page.markup("<h3>")
        page.text(catalog.source)
        page.markup("</h3>\n<p><code>")
        page.text(catalog.digest)
        page.markup("</code>, ")
        page.text(catalog.isPruned ? "pruned by the packer" : "as it was published")
        page.markup("</p>\n")
        page.table("Package", "Newest", "Channels", "Bundles") { page in
          for package in catalog.packages {
            page.markup("<tr>")
            page.cell(package.name)
            page.cell(package.newestVersion?.description ?? "")
            page.cell(package.channels.map { $0 == package.defaultChannel ? "\($0) (default)" : $0 })
            page.cell(package.operatorBundles)
            page.markup("\n")
          }
        }
      }
    }
  }

  func charts(_ page: inout HTMLWriter) {
    let charts = chartTitles
    guard !charts.isEmpty else { return }
    page.section("charts", "Charts", count: charts.count) { page in
      page.table("Chart", "Where it goes", "Digest", "From") { page in
        for chart in charts {
          page.markup("<tr>")
          page.cell(chart.title)
          page.cell(chart.image.destinations)
          page.code(chart.image.manifest.digest.description)
          page.cell(chart.image.sources)
          page.markup("\n")
        }
      }
    }
  }

  func files(_ page: inout HTMLWriter) {
    let (files, tools) = (head.contents.files, head.contents.tools)
    guard !files.isEmpty || !tools.isEmpty else { return }
    page.section("files", "Files", count: files.count + tools.count) { page in
      page.table("Name", "Digest", "For", "From", "Size") { page in
        for file in files {
          page.markup("<tr>")
          page.cell(file.name)
          page.code(file.digest)
          page.cell(file.profiles.isEmpty ? ["all"] : file.profiles)
          page.cell(file.source)
          page.size(file.size)
          page.markup("\n")
        }
        for tool in tools {
          page.markup("<tr>")
          page.cell(tool.path)
          page.code(tool.digest)
          page.cell("the program, which lies beside the bundle")
          page.cell("")
          page.size(tool.size)
          page.markup("\n")
        }
      }
    }
  }

  /// Those that can do much first.
  func manifests(_ page: inout HTMLWriter) throws {
    let templates = head.contents.templates
    guard !templates.isEmpty else { return }
    try page.section("manifests", "Cluster manifests", count: templates.count) { page in
      page.markup(
        "<p class=note><code>sealift.target.invalid</code> stands for the registry that the bundle goes to.</p>\n")
      for template in templates.filter({ $0.grants != nil }) + templates.filter({ $0.grants == nil }) {
        page.markup(template.grants == nil ? "<details><summary>" : "<details open><summary>")
        page.text("\(template.kind) \(template.fullName)")
        if let grants = template.grants {
          page.markup(" <b>")
          page.text(grants)
          page.markup("</b>")
        }
        page.markup(" <span class=note>")
        page.text(template.path)
        page.text(template.source.map { ", from \($0)" } ?? ", made by the packer")
        if !template.profiles.isEmpty { page.text(", for \(template.profiles.joined(separator: " and "))") }
        page.markup("</span></summary><pre>")
        page.lines(try head.text(template))
        page.markup("</pre></details>\n")
      }
    }
  }
}

extension [String] {
  /// Versions in semver's order; what is none comes first.
  fileprivate var inOrder: [String] {
    let known = Dictionary(map { ($0, SemanticVersion($0)) }) { first, _ in first }
    return sorted { left, right in
      guard let a = known[left] ?? nil, let b = known[right] ?? nil else { return left < right }
      return a.precedes(b) || (!b.precedes(a) && left < right)
    }
  }
}
