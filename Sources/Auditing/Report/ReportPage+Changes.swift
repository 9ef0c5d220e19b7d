internal import Content
internal import Diagnostics
internal import JSON

/// What has changed since an earlier bundle.
extension ReportPage {
  func changes(_ diff: BundleDiff, _ page: inout HTMLWriter) {
    page.markup("<dl>\n")
    page.fact("since", diff.from.id)
    if let head = diff.from.head { page.fact("made", "\(head.created) by \(head.producer)") }
    if let brings = diff.brings { page.fact("brings", brings.text) }
    if let shared = diff.shared { page.fact("shared", shared.text) }
    page.markup("</dl>\n")
    guard !diff.isSame else { return page.markup("<p>Nothing: both hold the same.</p>\n") }
    counts(diff, &page)
    for (kind, section) in diff.sections {
      guard let section, !section.isSame else { continue }
      page.markup("<h3>")
      page.text(kind.rawValue)
      page.markup("</h3>\n")
      page.table("", "Name", "How") { page in
        for item in section.removed { row("<td class=\"s bad\">gone", item.name, [], &page) }
        for change in section.changed { row("<td class=s>changed", change.name, change.facts.map(\.text), &page) }
        for item in section.added {
          row("<td class=\"s good\">new", item.name, item["grants"]?.text.map { [$0] } ?? [], &page)
        }
      }
      for change in section.changed where !change.lines.isEmpty { lines(change, &page) }
    }
  }

  private func counts(_ diff: BundleDiff, _ page: inout HTMLWriter) {
    page.table("", "New", "Gone", "Changed", "The same") { page in
      for (kind, section) in diff.sections {
        page.markup("<tr>")
        page.cell(kind.rawValue)
        guard let section else {
          page.markup("<td colspan=4>not told by a receipt\n")
          continue
        }
        for count in [section.added.count, section.removed.count, section.changed.count, section.unchanged] {
          page.cell("\(count)")
        }
        page.markup("\n")
      }
    }
  }

  private func row(_ state: StaticString, _ name: String, _ facts: [String], _ page: inout HTMLWriter) {
    page.markup("<tr>")
    page.markup(state)
    page.cell(name)
    page.cell(facts)
    page.markup("\n")
  }

  private func lines(_ change: BundleDiff.Change, _ page: inout HTMLWriter) {
    page.markup("<details open><summary>")
    page.text(change.name)
    page.markup("</summary><pre>")
    for line in change.lines {
      switch line.first {
      case "+": page.markup("<ins>")
      case "-": page.markup("<del>")
      default: break
      }
      page.text(line)
      switch line.first {
      case "+": page.markup("</ins>")
      case "-": page.markup("</del>")
      default: page.markup("\n")
      }
    }
    page.markup("</pre></details>\n")
  }
}
