internal import Diagnostics
internal import Gathering
internal import JSON

/// How `pack --explain` prints.
enum PackageExplanationText {
  /// - Parameter asGraph: Whether the text is one for Graphviz.
  static func result(_ explanation: PackageExplanation, asGraph: Bool) -> CommandResult {
    let parts = explanation.parts.map { part in
      asGraph ? part.dot.printableLines : page(part, explanation.package)
    }
    return CommandResult(text: parts.joined(separator: asGraph ? "" : "\n"), json: json(explanation))
  }

  private static func page(_ part: PackageExplanation.Part, _ package: String) -> String {
    var facts = Facts()
    facts.add("catalog", part.catalog)
    let bundles = Dictionary(part.entries.map { ($0.bundle, $0.isKept) }) { $0 || $1 }
    let fate =
      part.entries.isEmpty
      ? "not asked for" : "\(bundles.values.count { $0 }) of \(counted(bundles.count, "bundle")) packed"
    facts.add("package", "\(package), \(fate)")
    facts.add("notes", part.notes)
    return facts.text + "\n" + part.drawing.map { $0.printable + "\n" }.joined()
  }

  private static func json(_ explanation: PackageExplanation) -> JSONValue {
    .object([
      .init("catalogs", .array(explanation.parts.map(json))), .init("package", .string(explanation.package)),
    ])
  }

  private static func json(_ part: PackageExplanation.Part) -> JSONValue {
    let entries = part.entries.map { entry in
      JSONValue.object([
        .init("bundle", .string(entry.bundle)), .init("channel", .string(entry.channel)),
        .init("kept", .boolean(entry.isKept)), .init("reason", .string(entry.reason)),
        .init("version", .string(entry.version)),
      ])
    }
    return .object([
      .init("catalog", .string(part.catalog)), .init("entries", .array(entries)), .init("notes", .strings(part.notes)),
      .init("packed", .boolean(part.isPacked)),
    ])
  }
}
