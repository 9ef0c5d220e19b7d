/// The part of `NEXT-STEPS.md` about the objects that the user has brought, or that were lifted out of images.
struct UserObjectSteps {
  private let files: [ClusterManifest]
  private let profile: String?

  /// - Parameters:
  ///   - written: The objects that are applied.
  ///   - profile: The profile that they are for, if they are for one.
  init(written: [ClusterManifest], profile: String?) {
    files = written.filter(\.isForeign)
    self.profile = profile
  }

  /// The commands that bring what other objects need, before all of them are applied; empty where nothing is needed.
  var first: String {
    let kinds = ApplyOrder.firstKinds.filter { kind in files.contains { $0.kind == kind } }
    guard !kinds.isEmpty else { return "" }
    var text = Self.apply(kinds)
    if let kind = kinds.first(where: { $0 == "CustomResourceDefinition" }) {
      text += "    oc wait --for=condition=Established --timeout=60s -f \(kind)/\n"
    }
    return text
  }

  /// Whom the directory is for, as a sentence and a line end.
  var audience: String {
    profile.map { "This directory is for the profile `\($0)`, and for no other cluster.\n" } ?? ""
  }

  var text: String? {
    if files.isEmpty { return nil }
    let others = kinds.filter { !ApplyOrder.firstKinds.contains($0) }
    return """
      ## Manifests that came with the bundle

      Those who packed the bundle have chosen these; they are not made by Sealift. Read them before you apply them:

      \(kinds.map(line).joined(separator: "\n"))

      \(first)\(others.isEmpty ? "" : Self.apply(others))\(later)
      """
  }

  /// What cannot be applied at once, and when it can.
  private var later: String {
    let step = ApplyStep(files)
    return Self.sentence(
      "A hub makes these namespaces when the managed clusters of these names join. Apply what lies there then",
      step.beforeClusters.compactMap(\.namespace))
      + Self.sentence(
        "Nothing here makes these namespaces. See that they are there before all else",
        step.withoutNamespace.compactMap(\.namespace))
      + Self.sentence(
        "These kinds come with an operator, and are refused until it is installed. Apply them again then",
        step.beforeOperators.map(\.kind))
  }

  private static func sentence(_ text: String, _ names: [String]) -> String {
    let list = Set(names).sorted()
    if list.isEmpty { return "" }
    let more = list.count > maximumNames ? " and \(list.count - maximumNames) more" : ""
    return "\n\(text): \(list.prefix(maximumNames).map { "`\($0)`" }.joined(separator: ", "))\(more).\n"
  }

  private static func apply(_ kinds: [String]) -> String {
    "    oc apply \(kinds.map { "-f \($0)/" }.joined(separator: " "))\n"
  }

  /// The kinds in the order in which they can be applied.
  private var kinds: [String] {
    let kinds = Set(files.map(\.kind))
    return ApplyOrder.firstKinds.filter(kinds.contains) + kinds.subtracting(ApplyOrder.firstKinds).sorted()
  }

  // A list is for reading; the directory has all of them.
  private static let maximumNames = 20

  private func line(_ kind: String) -> String {
    let stems = files.filter { $0.kind == kind }.map(\.stem).sorted()
    let names = stems.prefix(Self.maximumNames).map { "`\($0)`" }.joined(separator: ", ")
    let more = stems.count > Self.maximumNames ? " and \(stems.count - Self.maximumNames) more" : ""
    let power = KindPower(kind: kind).map { ", **\($0.rawValue)**" } ?? ""
    return "- `\(kind)/`\(power): \(names)\(more)"
  }
}
