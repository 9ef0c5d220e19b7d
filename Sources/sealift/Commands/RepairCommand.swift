internal import Arguments
internal import BundleFormat
internal import Content
internal import Diagnostics
internal import JSON
internal import Parity

enum RepairCommand: Subcommand {
  private static let out = Option(
    "out", .directory(), help: "Where they go (default: beside the bundle); what is there is never written over.")

  static let command = Command(
    "repair", summary: "Writes damaged or lost volumes of a bundle again, from its parity.",
    operands: [BundleArgument.bundle],
    groups: [TrustArguments.group, Group("Output", [out]), CommonArguments.group], rules: TrustArguments.rules,
    examples: [
      "repair /media/set/ocp-4.16.tar.zst --trust release-team.pub",
      "repair /media/disc1 /media/disc2 /media/parity --out whole --trust release-team.pub",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let places = try BundleArgument.places(arguments, context)
    guard !places.isStandardInput else { throw arguments.usageError("a bundle in a pipe has no parity") }
    let done = try await repair(
      places, trust: TrustArguments.options(arguments), into: arguments[out], reporter: context.reporter)
    var facts = Facts()
    facts.add("bundle", done.id)
    facts.add("written", done.volumes.isEmpty ? ["nothing: all volumes are whole"] : done.volumes.map(\.line))
    let replacing = done.volumes.filter(\.isBesideAnother)
    facts.add("next", replacing.isEmpty ? [] : ["put them in the place of the damaged ones, then run sealift verify"])
    return CommandResult(
      text: facts.text, isSummary: true,
      json: .object([
        .init("bundle", .string(done.id)),
        .init("volumes", .array(done.volumes.map(\.json))),
      ]))
  }
}

extension RepairedVolume {
  fileprivate var line: String {
    let chunks = damage.chunks > 0 ? ", \(counted(damage.chunks, "chunk")) made anew" : ""
    return "\(path): \(size.asBytes)\(chunks)"
  }

  fileprivate var json: JSONValue {
    .object([
      .init("chunks", .integer(damage.chunks)), .init("file", .string(path)), .init("name", .string(damage.name)),
      .init("size", .integer(size)),
    ])
  }
}
