internal import Auditing
internal import Content
internal import Diagnostics
internal import JSON

/// What two bundles differ in, for people.
struct DiffText {
  private let diff: BundleDiff

  init(_ diff: BundleDiff) { self.diff = diff }

  var text: String {
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    let summary = facts + "\n" + counts.text(width: width)
    guard !diff.isSame else { return summary }
    return summary + "\n" + details.text(width: width) + lines
  }

  private var facts: String {
    var facts = Facts()
    facts.add("from", diff.from.lines)
    facts.add("to", diff.to.lines)
    if let brings = diff.brings { facts.add("brings", "\(brings.text) that the first has not") }
    if let lacks = diff.lacks { facts.add("lacks", "\(lacks.text) that only the first has") }
    if let shared = diff.shared { facts.add("shared", "\(shared.text) that both have") }
    let unknown = diff.sections.filter { $0.section == nil }.map(\.kind.rawValue)
    if !unknown.isEmpty {
      facts.add("not told", "\(unknown.joined(separator: ", ")): a receipt does not have them")
    }
    return facts.text
  }

  private var counts: Table {
    var table = Table([("", .left), ("ADDED", .right), ("REMOVED", .right), ("CHANGED", .right), ("UNCHANGED", .right)])
    for (kind, section) in diff.sections {
      guard let section, section.total > 0 else { continue }
      let counts = [section.added.count, section.removed.count, section.changed.count, section.unchanged]
      table.add([kind.rawValue] + counts.map { $0 == 0 ? "-" : "\($0)" })
    }
    return table
  }

  private var details: Table {
    var table = Table([("", .left), ("WHAT", .left), ("NAME", .left), ("HOW", .left)])
    for (kind, section) in diff.sections {
      guard let section else { continue }
      for item in section.removed { table.add(["-", kind.singular, item.name, item.text(kind)]) }
      for change in section.changed { table.add(["~", kind.singular, change.name, change.text(kind)]) }
      for item in section.added { table.add(["+", kind.singular, item.name, item.text(kind)]) }
    }
    return table
  }

  private var lines: String {
    (diff[.manifests]?.changed ?? []).filter { !$0.lines.isEmpty }.map { change in
      (["", "--- \(change.name)", "+++ \(change.name)"] + change.lines).map { $0.printable + "\n" }.joined()
    }.joined()
  }
}

extension DiffSide {
  fileprivate var lines: [String] {
    switch self {
    case .bundle(let head):
      let trust =
        head.judged.isTrusted.map { $0 ? "trusted" : "not trusted" } ?? "trust not asked: name keys with --trust"
      return [
        "\(name): \(id)",
        "made \(head.created) by \(head.producer), \(counted(head.contents.images.count, "image")), "
          + "\(counted(head.contents.blobs, "blob")), \(head.contents.blobBytes.asBytes), \(trust)",
      ]
    case .receipt(let receipt, _): return ["\(name): receipt of \(id) at \(receipt.target)"]
    }
  }
}

extension BundleDiff.Section {
  fileprivate var total: Int { added.count + removed.count + changed.count + unchanged }
}

extension DiffKind {
  fileprivate var singular: String { String(rawValue.dropLast()) }

  /// The facts that say most of a thing of the kind.
  fileprivate var telling: [String] {
    switch self {
    case .releases: ["digest", "signers"]
    case .catalogs, .files, .tools: ["digest"]
    case .operators: ["version", "channels"]
    case .charts: ["versions"]
    case .images: ["digest", "newBytes"]
    case .manifests: ["kind", "grants"]
    case .signers: ["state"]
    }
  }
}

extension BundleDiff.Item {
  fileprivate func text(_ kind: DiffKind) -> String {
    kind.telling.compactMap { name in
      guard let value = self[name], value != .null, !value.shown.isEmpty else { return nil }
      return name == "newBytes" ? "\((value.integer ?? 0).asBytes) new" : value.shown
    }.joined(separator: ", ")
  }
}

extension BundleDiff.Change {
  fileprivate func text(_ kind: DiffKind) -> String {
    // Of objects that can do much it is said each time; of texts the lines are shown below.
    let grants = facts.contains { $0.name == "grants" } ? nil : item["grants"]?.text
    let shown = facts.filter { lines.isEmpty || !["digest", "size"].contains($0.name) }.map(\.text)
    return (shown + [grants, lines.isEmpty ? nil : "see below"].compactMap(\.self)).joined(separator: "; ")
  }
}
