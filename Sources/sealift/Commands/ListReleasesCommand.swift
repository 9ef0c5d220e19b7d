internal import Arguments
internal import Content
internal import Diagnostics
internal import Gathering
internal import JSON

enum ListReleasesCommand: Subcommand {
  private static let defaults = ListReleasesOptions(channel: "", registry: .init(environment: [:]))
  private static let channel = Option(
    "channel", .text("NAME"), required: true, help: "Channel, such as stable-4.18.")
  private static let kind = Option(
    "type", .choice("TYPE", ListReleasesOptions.kinds), help: "Whose channel it is (default \(defaults.kind)).")
  private static let architecture = Option(
    "arch", .choice("ARCH", ListReleasesOptions.architectures),
    help: "Architecture of the cluster (default \(defaults.architecture)).")
  private static let version = Option(
    "version", .text("VERSION"), help: "Version from which to upgrade: shows the path to the head.")

  private static let sizes = Flag(
    "sizes", help: "Asks the registry how large the head is, or with --version each release on the path.")

  static let command = Command(
    "list releases", summary: "Lists the OpenShift releases of a channel, and the upgrades between them.",
    groups: [
      Group(
        "Releases",
        [channel, kind, architecture, version, sizes, ReleaseArguments.graphURL, ReleaseArguments.graphFile]),
      RegistryArguments.source.group(), CommonArguments.group,
    ],
    rules: ReleaseArguments.rules + RegistryArguments.source.rules,
    examples: [
      "list releases --channel stable-4.18", "list releases --channel eus-4.18 --version 4.16.30 --arch multi",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    var options = ListReleasesOptions(
      channel: try arguments.value(of: channel), registry: RegistryArguments.source.access(arguments, context))
    options.kind = arguments[kind] ?? options.kind
    options.architecture = arguments[architecture] ?? options.architecture
    options.version = arguments[version]
    options.withSizes = arguments[sizes]
    options.releases = ReleaseArguments.options(arguments)
    let listing = try await listReleases(options, reporter: context.reporter)
    return CommandResult(text: text(listing, options), json: json(listing, options))
  }

  private static func text(_ listing: ReleaseListing, _ options: ListReleasesOptions) -> String {
    var facts = Facts()
    facts.add(
      "channel", "\(options.channel) for \(options.architecture), \(counted(listing.releases.count, "release"))")
    facts.add("source", listing.source)
    facts.add("head", listing.releases.last?.version ?? "none")
    if let version = options.version {
      facts.add("path", listing.path.isEmpty ? ["\(version) is the head"] : listing.path.map(described))
    }
    if let total = listing.totalSize {
      let known = listing.releases.compactMap { release in release.size.map { "\(release.version) \($0.asBytes)" } }
      facts.add("size", known + (known.count > 1 ? ["together \(total.asBytes)"] : []))
    }
    if options.version != nil, listing.upgrades.isEmpty { return facts.text }
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + table(listing, options).text(width: width)
  }

  /// All releases; or, where a version is named, those to which it can be upgraded in one step.
  private static func table(_ listing: ReleaseListing, _ options: ListReleasesOptions) -> Table {
    let payloads = Dictionary(listing.releases.map { ($0.version, $0.payload) }) { first, _ in first }
    guard let version = options.version else {
      var table = Table([("VERSION", .left), ("PAYLOAD", .left)])
      for release in listing.releases { table.add([release.version, release.payload]) }
      return table
    }
    var table = Table([("FROM \(version) TO", .left), ("CONDITIONS", .left), ("PAYLOAD", .left)])
    for upgrade in listing.upgrades {
      let risks = upgrade.risks.map(\.name).joined(separator: ", ")
      table.add([upgrade.to, risks.isEmpty ? "none" : risks, payloads[upgrade.to] ?? ""])
    }
    return table
  }

  private static func described(_ upgrade: ReleaseListing.Upgrade) -> String {
    let step = "\(upgrade.from) -> \(upgrade.to)"
    switch upgrade.kind {
    case "conditional":
      let risks = upgrade.risks.map { $0.url.isEmpty ? $0.name : "\($0.name) (\($0.url))" }
      return "\(step)  conditional: \(risks.joined(separator: ", "))"
    case "blocked": return "\(step)  blocked: no upgrade leads there"
    default: return step
    }
  }

  private static func json(_ listing: ReleaseListing, _ options: ListReleasesOptions) -> JSONValue {
    .object([
      .init("architecture", .string(options.architecture)), .init("channel", .string(options.channel)),
      .init("head", listing.releases.last.map { .string($0.version) } ?? .null),
      .init("path", .array(listing.path.map(json))),
      .init(
        "releases",
        .array(
          listing.releases.map { release in
            .object([
              .init("payload", .string(release.payload)), .init("size", release.size.map { .integer($0) } ?? .null),
              .init("url", release.url.map { .string($0) } ?? .null),
              .init("version", .string(release.version)),
            ])
          })),
      .init("source", .string(listing.source)), .init("totalSize", listing.totalSize.map { .integer($0) } ?? .null),
      .init("type", .string(options.kind)),
      .init("upgrades", .array(listing.upgrades.map(json))),
      .init("version", options.version.map { .string($0) } ?? .null),
    ])
  }

  private static func json(_ upgrade: ReleaseListing.Upgrade) -> JSONValue {
    let risks = upgrade.risks.map { risk in
      JSONValue.object([
        .init("message", .string(risk.message)), .init("name", .string(risk.name)), .init("url", .string(risk.url)),
      ])
    }
    return .object([
      .init("from", .string(upgrade.from)), .init("kind", .string(upgrade.kind)), .init("risks", .array(risks)),
      .init("to", .string(upgrade.to)),
    ])
  }
}
