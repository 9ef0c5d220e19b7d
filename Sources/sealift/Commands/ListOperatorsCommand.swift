internal import Arguments
internal import Diagnostics
internal import Gathering
internal import JSON

enum ListOperatorsCommand: Subcommand {
  private static let catalog = Option(
    "catalog", .text("REF"), required: true,
    help: "Catalog: REGISTRY/PATH:TAG, oci:DIR[:NAME] for an OCI layout, or dir:DIR for a directory of its files.")
  private static let package = Option(
    "package", .text("NAME"), help: "Shows the channels of this package, with versions and deprecations.")
  private static let channel = Option(
    "channel", .text("NAME"), help: "Shows the entries of this channel of the package, from its head down.")

  static let command = Command(
    "list operators", summary: "Lists the packages of an operator catalog, their channels and versions.",
    groups: [
      Group("Operators", [catalog, package, channel]), RegistryArguments.source.group(), CommonArguments.group,
    ],
    rules: [.needs(channel, package)] + RegistryArguments.source.rules,
    examples: [
      "list operators --catalog registry.redhat.io/redhat/redhat-operator-index:v4.18",
      "list operators --catalog dir:configs --package mtc-operator --channel release-v1.8",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    var options = ListOperatorsOptions(
      catalog: try arguments.value(of: catalog), registry: RegistryArguments.source.access(arguments, context))
    options.package = arguments[package]
    options.channel = arguments[channel]
    let listing = try await listOperators(options, reporter: context.reporter)
    return CommandResult(
      text: text(listing, options), json: json(listing, withEntries: options.channel != nil))
  }

  private static func text(_ listing: OperatorListing, _ options: ListOperatorsOptions) -> String {
    var facts = Facts()
    facts.add("catalog", listing.catalog)
    guard options.package != nil, let package = listing.packages.first else {
      facts.add("packages", "\(listing.packages.count)")
      return page(facts, packages(listing))
    }
    facts.add("package", "\(package.name), \(counted(package.bundleCount, "bundle"))")
    facts.add("default", "channel \(package.defaultChannel)")
    guard options.channel != nil, let channel = package.channels.first else {
      facts.add("deprecated", package.deprecations.map(described))
      return page(facts, channels(package))
    }
    facts.add("channel", channel.name)
    facts.add("head", heads(channel))
    let deprecations = package.deprecations.filter { deprecation in
      deprecation.kind == "channel" ? deprecation.name == channel.name : deprecation.kind == "package"
    }
    facts.add("deprecated", deprecations.map(described))
    return page(facts, entries(channel, package))
  }

  private static func page(_ facts: Facts, _ table: Table) -> String {
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + table.text(width: width)
  }

  private static func packages(_ listing: OperatorListing) -> Table {
    var table = Table([("PACKAGE", .left), ("DEFAULT CHANNEL", .left), ("HEAD", .left), ("CHANNELS", .right)])
    for package in listing.packages {
      let head = package.channels.first { $0.name == package.defaultChannel }.map(heads)
      table.add([package.name, package.defaultChannel, head ?? "", "\(package.channels.count)"])
    }
    return table
  }

  private static func channels(_ package: OperatorListing.Package) -> Table {
    var table = Table([("CHANNEL", .left), ("HEAD", .left), ("VERSIONS", .left)])
    for channel in package.channels {
      table.add([channel.name, heads(channel), channel.versions.joined(separator: ", ")])
    }
    return table
  }

  private static func entries(_ channel: OperatorListing.Channel, _ package: OperatorListing.Package) -> Table {
    let deprecated = Set(package.deprecations.filter { $0.kind == "bundle" }.map(\.name))
    var table = Table([
      ("VERSION", .left), ("BUNDLE", .left), ("REPLACES", .left), ("SKIPS", .left), ("SKIP RANGE", .left),
      ("DEPRECATED", .left),
    ])
    for entry in channel.entries {
      table.add([
        entry.bundle.version, entry.bundle.name, entry.replaces ?? "", entry.skips.joined(separator: ", "),
        entry.skipRange, deprecated.contains(entry.bundle.name) ? "yes" : "",
      ])
    }
    return table
  }

  private static func heads(_ channel: OperatorListing.Channel) -> String {
    channel.heads.isEmpty ? "none" : channel.heads.map(\.name).joined(separator: ", ")
  }

  private static func described(_ deprecation: OperatorListing.Deprecation) -> String {
    [deprecation.kind, deprecation.name].filter { !$0.isEmpty }.joined(separator: " ") + ": \(deprecation.message)"
  }
}

extension ListOperatorsCommand {
  private static func json(_ listing: OperatorListing, withEntries: Bool) -> JSONValue {
    .object([
      .init("catalog", .string(listing.catalog)),
      .init("packages", .array(listing.packages.map { json($0, withEntries: withEntries) })),
    ])
  }

  private static func json(_ package: OperatorListing.Package, withEntries: Bool) -> JSONValue {
    .object([
      .init(
        "channels",
        .array(
          package.channels.map { channel in
            .object([
              .init("entries", withEntries ? .array(channel.entries.map(json)) : .null),
              .init("heads", .array(channel.heads.map(json))), .init("name", .string(channel.name)),
              .init("versions", .strings(channel.versions)),
            ])
          })),
      .init("defaultChannel", .string(package.defaultChannel)),
      .init(
        "deprecations",
        .array(
          package.deprecations.map { deprecation in
            .object([
              .init("kind", .string(deprecation.kind)), .init("message", .string(deprecation.message)),
              .init("name", .string(deprecation.name)),
            ])
          })),
      .init("name", .string(package.name)),
    ])
  }

  private static func json(_ bundle: OperatorListing.OperatorVersion) -> JSONValue {
    .object([.init("name", .string(bundle.name)), .init("version", .string(bundle.version))])
  }

  private static func json(_ entry: OperatorListing.Entry) -> JSONValue {
    .object([
      .init("name", .string(entry.bundle.name)), .init("replaces", entry.replaces.map { .string($0) } ?? .null),
      .init("skipRange", entry.skipRange.isEmpty ? .null : .string(entry.skipRange)),
      .init("skips", .strings(entry.skips)), .init("version", .string(entry.bundle.version)),
    ])
  }
}
