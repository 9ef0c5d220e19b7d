internal import Arguments
internal import Content
internal import Diagnostics
internal import JSON
internal import Publishing
internal import SystemIO

enum UnpackCommand: Subcommand {
  private static let target = Operand(
    .text("TARGET"), required: false,
    help: "REGISTRY[:PORT][/PREFIX], oci:DIR for an OCI layout, or file://DIR for 'oc image mirror --from-dir=DIR'; "
      + "left out where only --files is wanted. It stands last; what begins with '/', './' or '../' is never a target, but "
      + "one more BUNDLE.")
  private static let files = Option(
    "files", .directory(),
    help: "Where to write the bundle's files, besides the images; replaces those of the same names, and nothing else.")
  private static let receipt = Option(
    "receipt", .file(), help: "Where to write, as JSON, what was sent, what was there, and what failed.")
  private static let receiptKey = Option(
    "receipt-key", .file("KEY"),
    help: "Private key that signs the receipt, so that whoever packs the next bundle can count on it.")
  private static let noRecord = Flag(
    "no-record",
    help: "Leaves out the receipt that the target registry keeps of each signed bundle (sealift/receipts).")
  private static let base = Option(
    "base", .file(), repeatable: true,
    help: "An older bundle: what the target lacks of what the bundle rests on is taken out of it.")
  private static let proveHeld = Flag(
    "prove-held",
    help: "Reads all that the bundle rests on at the registry to its end, and checks its digests; directories are "
      + "always read.")
  static let maxNestedPaths = Option(
    "max-nested-paths", .integer(in: 1...100),
    help: "Joins what is deeper in repository paths with '-', for registries that have a limit.")
  private static let only = Option(
    "only", .text("PATTERN"), repeatable: true,
    help: "Brings only images of whose source or destination (PATH:TAG) a regular expression matches a part, as in "
      + "blockedImages, with what refers to them.")
  private static let except = Option(
    "except", .text("PATTERN"), repeatable: true,
    help: "Leaves out images that a regular expression matches so, with what refers to them.")
  private static let noReferrers = Flag(
    "no-referrers", help: "Leaves out signatures, attestations and other referrers.")
  private static let keepGoing = Flag(
    "keep-going",
    help: "Leaves out what the target does not take, with what needs it, and brings the rest; ends with 2 and lists it."
  )
  private static let rewriteLists = Flag(
    "rewrite-lists",
    help: "Makes lists that were packed for some of their platforms anew, under another digest, for registries that "
      + "want all that a list names.")
  private static let noReplace = Flag(
    "no-replace",
    help:
      "Refuses, before anything moves, a bundle that would make a tag stand for something else, or take another bundle's "
      + "objects out of the directory of --manifests.")
  private static let mergeCatalogs = Option(
    "merge-catalogs", .file(), repeatable: true,
    help: "An earlier bundle, or the receipt of its unpacking: its operator catalogs are merged with those of the same "
      + "names that come, so that clusters keep its operators. Needs --receipt, for the next bundle.")
  private static let chunkSize = Option(
    "chunk-size", .size(in: (64 << 10)...(1 << 30)),
    help: "Sends blobs in requests of this size (default: whole, and smaller where the registry refuses that).")
  private static let dryRun = Option(
    joined: "dry-run", .choice("WHO", ApplyOptions.DryRun.allCases.map(\.rawValue)),
    help: "Prints what would be sent, where, and what that replaces; sends nothing. With --apply, =client or =server "
      + "has oc say what it would do.")
  private static let parallel = Option(
    "parallel", .integer(in: 1...64),
    help: "Transfers at once (default \(defaults.parallel)); fewer large ones.")

  private static let manifests = Option(
    "manifests", .directory(),
    help:
      "Where to write the manifests for 'oc apply -R -f DIR', and what to do with them; replaces what it wrote there before, and "
      + "refuses a directory with other files.")
  private static let manifestsOnly = Flag(
    "manifests-only", help: "Writes the manifests and nothing else: reads the bundle's beginning, asks no registry.")
  private static let profile = Option(
    "profile", .text("NAME"),
    help: "Which of the bundle's profiles the target has: what belongs to others only is not written.")
  private static let clusterVersion = Option(
    "cluster-version", .text("X.Y"),
    help: "The cluster's version: below 4.13 it takes other mirror sets, from 4.18 catalogs for OLM v1 too.")
  private static let mirrorAPI = Option(
    "mirror-api", .choice("API", ClusterManifestOptions.mirrorAPIs),
    help: "Which mirror sets are written, whatever the version: idms (with ImageTagMirrorSet), icsp or both.")

  private static let apply = Flag(
    "apply", help: "Applies the manifests to the cluster in the end, with oc or kubectl; what fails leaves the others.")
  private static let overwrite = Option(
    boolean: "overwrite", help: "With --apply: whether oc sets back what somebody changed at the cluster.")

  private static let defaults = UnpackOptions(
    bundle: "-", target: "", trust: TrustOptions(), registry: RegistryAccess(environment: [:]))

  static let resumes = true
  static let command = Command(
    "unpack", summary: "Proves a bundle and sends its images to a registry.",
    operands: [BundleArgument.bundle, target],
    groups: [
      TrustArguments.group, ReleaseTrustArguments.group,
      Group("Target", [files, maxNestedPaths, rewriteLists, noReplace, mergeCatalogs, dryRun]),
      Group("Receipt", [receipt, receiptKey, KeyArguments.passphraseFile, noRecord]),
      Group("Updates", [base, proveHeld]),
      Group("Choice", [only, except, noReferrers, keepGoing]),
      Group("Cluster", [manifests, manifestsOnly, profile, clusterVersion, mirrorAPI, apply, overwrite]),
      Group("Volumes", [BundleArgument.ask]),
      RegistryArguments.target.group(chunkSize, parallel), CommonArguments.group,
    ],
    rules: TrustArguments.rules + RegistryArguments.target.rules + [
      .needs(manifestsOnly, manifests), .needs(clusterVersion, manifests), .needs(mirrorAPI, manifests),
      .needs(apply, manifests), .needs(overwrite, apply), .needs(profile, manifests, files),
      .needs(KeyArguments.passphraseFile, receiptKey),
    ],
    examples: [
      "unpack media/ocp-4.16.tar.zst registry.local:8443/mirror --trust release-team.pub",
      "unpack media/ocp-4.16.tar.zst --files tools --trust release-team.pub",
      "unpack media/october.tar.zst registry.local:8443/mirror --base media/august.tar.zst --trust release-team.pub",
      "unpack /media/disc1 /media/disc2 registry.local:8443/mirror --trust release-team.pub",
      "unpack - oci:out --trust alice.pub --trust bob.pub --threshold 2 < app.tar.zst",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    let (more, target) = Self.target(arguments, context)
    var options = UnpackOptions(
      bundle: try BundleArgument.places(arguments, context, and: more), target: target,
      trust: TrustArguments.options(arguments), registry: RegistryArguments.target.access(arguments, context))
    options.registry.chunkBytes = arguments[chunkSize]
    options.releaseTrust = ReleaseTrustArguments.options(arguments, context)
    options.receipt = arguments[receipt]
    options.receiptKey = arguments[receiptKey].map { KeyArguments.file($0, arguments, context) }
    options.keepsRecord = !arguments[noRecord]
    options.bases = arguments.all(base)
    options.provesHeld = arguments[proveHeld]
    options.files = arguments[files]
    options.maxNestedPaths = arguments[maxNestedPaths]
    options.rewritesLists = arguments[rewriteLists]
    options.refusesReplacing = arguments[noReplace]
    options.mergedWith = arguments.all(mergeCatalogs)
    options.only = arguments.all(only)
    options.except = arguments.all(except)
    options.withReferrers = !arguments[noReferrers]
    options.keepsGoing = arguments[keepGoing]
    options.profile = arguments[profile]
    options.clusterManifests = arguments[manifests].map { directory in
      var wanted = ClusterManifestOptions(directory: directory)
      wanted.isOnly = arguments[manifestsOnly]
      wanted.clusterVersion = arguments[clusterVersion]
      wanted.mirrorAPI = arguments[mirrorAPI]
      wanted.apply = applyOptions(arguments)
      return wanted
    }
    let pretending = arguments[dryRun]
    if let pretending, !pretending.isEmpty, !arguments[apply] {
      throw arguments.usageError("'--dry-run=\(pretending)' says how to apply, and '--apply' is not given")
    }
    options.parallel = arguments[parallel] ?? options.parallel
    options.isDryRun = pretending != nil
    let report = try await unpack(options, reporter: context.reporter)
    var result = CommandResult(text: text(report), isSummary: report.receipt != nil, json: json(report))
    result.failure = report.failure
    return result
  }

  /// The last operand, by its spelling alone: a target, or one more place of volumes.
  private static func target(
    _ arguments: ParsedArguments, _ context: Context
  ) -> (more: [String], target: String?) {
    guard let last = arguments[target] else { return ([], nil) }
    let isPath = ["/", "./", "../"].contains { last.hasPrefix($0) } || last == "." || last == ".."
    if isPath { return ([last], nil) }
    if FileSystem.exists(last) {
      context.reporter.report(
        .warning("\(last) is taken for the target: to name a file or directory with more volumes, write ./\(last)"))
    }
    return ([], last)
  }

  private static func applyOptions(_ arguments: ParsedArguments) -> ApplyOptions? {
    guard arguments[apply] else { return nil }
    var options = ApplyOptions()
    options.overwrite = arguments[overwrite]
    options.dryRun = arguments[dryRun].flatMap(ApplyOptions.DryRun.init)
    return options
  }

  private static func text(_ report: UnpackReport) -> String {
    var facts = Facts()
    facts.add("bundle", report.bundle)
    facts.add("rests on", report.held?.lines ?? [])
    facts.add("held", report.held.map { [$0.text] } ?? [])
    facts.add("releases", ReleaseTrustArguments.lines(report.releases))
    guard let receipt = report.receipt else {
      facts.add("content", "\(counted(report.mapping.count, "name")), \(report.blobBytes.asBytes)")
      facts.add("would merge", report.merged.map(\.text))
      facts.add("would replace", report.replaced.filter { !$0.isMerged }.map(\.text))
      facts.add("would make anew", report.rewritten.map(\.text))
      facts.add("would leave out", leftOut(report))
      var table = Table([("IMAGE", .left), ("DESTINATION", .left)])
      for (source, destination) in report.mapping { table.add([source, destination]) }
      facts.add("files", fileLines(report))
      facts.add(
        "manifests", report.clusterManifests?.files.map { "\(report.clusterManifests?.directory ?? "")/\($0)" } ?? [])
      facts.add("would replace there", report.clusterManifests?.replaced.map(\.text) ?? [])
      facts.add("would apply", report.clusterManifests?.applied?.map(\.result) ?? [])
      if report.mapping.isEmpty { return facts.text }
      let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
      return facts.text + "\n" + table.text(width: width)
    }
    facts.add("target", receipt.target.map { [$0] } ?? [])
    facts.add("files", fileLines(report))
    if let manifests = report.clusterManifests {
      facts.add("manifests", "\(counted(manifests.files.count, "file")) in \(manifests.directory): see NEXT-STEPS.md")
      facts.add("replaced there", manifests.replaced.map(\.text))
      facts.add("applied", manifests.applied?.map(\.result) ?? [])
    }
    let instructions = report.instructions.map { "\n" + $0.text.printableLines } ?? ""
    if report.isOnlyClusterManifests { return facts.text + instructions }
    if receipt.target != nil { addImages(receipt, to: &facts) }
    facts.add("left out", leftOut(report))
    facts.add("repaired", report.repaired.map(\.line))
    facts.add("signed by", receipt.signers.isEmpty ? ["nobody who is trusted"] : receipt.signers)
    return facts.text + instructions
  }

  private static func addImages(_ receipt: Receipt, to facts: inout Facts) {
    for (name, outcome) in [("sent", Event.Outcome.moved), ("mounted", .mounted), ("present", .present)] {
      let (count, bytes) = receipt.blobs(outcome)
      facts.add(name, "\(counted(count, "blob")), \(bytes.asBytes)")
    }
    facts.add("tags", "\(receipt.tagCount)")
    facts.add("merged", receipt.merged.map(\.text))
    facts.add("replaced", receipt.replaced.filter { !$0.isMerged }.map(\.text))
    facts.add("made anew", receipt.rewritten.map(\.text))
    facts.add("refused", receipt.refused.map(\.text))
  }

  private static func leftOut(_ report: UnpackReport) -> [String] {
    report.leftOut.isEmpty ? [] : ["\(counted(report.leftOut.count, "image")) of the bundle, as was asked"]
  }

  /// What became of the files, or that there are some.
  private static func fileLines(_ report: UnpackReport) -> [String] {
    guard let files = report.files else {
      let (count, bytes) = report.carriedFiles
      if count == 0 || report.isOnlyClusterManifests { return [] }
      return ["\(counted(count, "file")) inside, \(bytes.asBytes), not written: pass --files DIR"]
    }
    guard report.receipt != nil else {
      return files.files.map { "\(files.directory)/\($0.name), \($0.outcome == .present ? "there" : $0.size.asBytes)" }
    }
    return [("written to", Event.Outcome.moved), ("there already in", .present)].compactMap { name, outcome in
      let (count, bytes) = files.files(outcome)
      return count == 0 ? nil : "\(counted(count, "file")), \(bytes.asBytes), \(name) \(files.directory)"
    }
  }

  private static func json(_ report: UnpackReport) -> JSONValue {
    .object([
      .init("blobBytes", .integer(report.blobBytes)), .init("bundle", .string(report.bundle)),
      .init("carriedFiles", report.files.map(\.json) ?? .null),
      .init("clusterManifests", report.clusterManifests.map(\.json) ?? .null),
      .init("dryRun", .boolean(report.receipt == nil)),
      .init("held", report.held.map(\.json) ?? .null),
      .init("instructions", report.instructions.map(\.json) ?? .null), .init("leftOut", .strings(report.leftOut)),
      .init(
        "mapping",
        .array(
          report.mapping.map {
            .object([.init("destination", .string($0.destination)), .init("source", .string($0.source))])
          })),
      .init("merged", .array(report.merged.map(\.json))), .init("releases", .array(report.releases.map(\.json))),
      .init("repaired", .array(report.repaired.map(\.json))),
      .init("replaced", .array(report.replaced.map(\.json))), .init("receipt", report.receipt.map(\.json) ?? .null),
      .init("rewritten", .array(report.rewritten.map(\.json))),
    ])
  }
}
