internal import Arguments
internal import Content
internal import Diagnostics
internal import Gathering
internal import JSON
internal import Packing
internal import SystemIO
internal import Volumes

enum PackCommand: Subcommand {
  private static let configuration = Option(
    "config", short: "c", .file(), help: "ImageSetConfiguration (mirror.openshift.io/v2alpha1) that says what to pack.")
  private static let image = Option(
    "image", .text("REF"), repeatable: true,
    help: "Image to pack: REGISTRY/PATH:TAG, REGISTRY/PATH@DIGEST, oci:DIR[:NAME] for an OCI layout, or "
      + "file://DIR[//PATH[:TAG|@DIGEST]] for what 'oc image mirror' put into DIR.")
  private static let noReferrers = Flag(
    "no-referrers", help: "Leaves out signatures, attestations and other referrers.")
  private static let skipForeignLayers = Flag(
    "skip-foreign-layers", help: "Leaves out layers that their manifest says to fetch from elsewhere.")
  private static let keepGoing = Flag(
    "keep-going",
    help:
      "Leaves out images that their source does not have, packages that no catalog can have, and the operators that "
      + "need them; exits with 2 then.")
  private static let output = Option(
    "output", short: "o", .file(),
    help: "The bundle's file, such as NAME.tar.zst; '-' is stdout; what is a pipe or a device takes it as a stream.")
  private static let volumeSize = Option(
    "volume-size", .size(in: VolumeSize.range, named: VolumeSize.named),
    help:
      "Writes the bundle into volumes of this size, NAME.tar.zst.001 and so on, with a signed list of them; archiveSize "
      + "of the configuration does the same.")
  private static let label = Flag(
    "label", help: "Leaves NAME.tar.zst.001.label.txt and so on: a page for each volume, to tape to its disc.")
  private static let parity = Option(
    "parity", BundleArgument.parityAmount,
    help:
      "Makes parity volumes too, NAME.tar.zst.p01 and so on, by which damage and losses are repaired: so many, or so "
      + "many for each hundred volumes or parts of the file, such as 10%.")
  private static let key = Option(
    "key", .file("KEY"), repeatable: true, help: "Private key in PEM that signs: ECDSA P-256, RSA or Ed25519.")
  private static let unsigned = Flag("unsigned", help: "Leaves the bundle without a signature.")
  private static let includeSelf = Flag(
    "include-self",
    help:
      "Leaves this program with its libraries and gpgv beside the bundle, in NAME.sealift, for a machine without it.")
  private static let since = Option(
    "since", .file("BASE"), repeatable: true,
    help: "Leaves out the layers that the target has from BASE: a bundle, its beginning as 'inspect --save-head' saves "
      + "it, or a receipt of 'unpack --receipt'.")
  private static let forAll = Flag(
    "for-all", help: "Leaves out only what each target has whose receipts are named, and not what one of them has.")
  private static let allowUnsignedBase = Flag(
    "allow-unsigned-base", help: "Believes what a BASE says that nobody trusted has signed.")
  private static let dryRun = Flag("dry-run", help: "Prints what would be packed, and its size; fetches no layer.")
  private static let explain = Option(
    "explain", .text("PACKAGE"),
    help: "Draws the channels of this operator package, and says of each bundle why it is packed or not; packs nothing."
  )
  private static let dot = Flag("dot", help: "Draws the channels for Graphviz.")
  private static let parallel = Option(
    "parallel", .integer(in: 1...64),
    help: "Transfers at once (default \(PackOptions(output: "-", registry: .init(environment: [:])).parallel)); "
      + "fewer large ones.")

  static let resumes = true
  static let command = Command(
    "pack", summary: "Packs images, byte for byte, into one signed bundle.",
    groups: [
      Group("Content", [configuration, image, noReferrers, skipForeignLayers, keepGoing]),
      Group(
        "Bundle",
        [
          output, volumeSize, parity, label, key, KeyArguments.passphraseFile, unsigned, includeSelf, dryRun, explain,
          dot,
        ]),
      Group("Update", [since, forAll, TrustArguments.trust, allowUnsignedBase]),
      ReleaseArguments.group, CatalogArguments.group, RegistryArguments.source.group(parallel), CommonArguments.group,
    ],
    rules: [
      .atLeastOne(output, explain), .atLeastOne(configuration, image), .needs(dot, explain), .atMostOne(key, unsigned),
      .needs(KeyArguments.passphraseFile, key), .needs(forAll, since), .needs(TrustArguments.trust, since),
      .needs(allowUnsignedBase, since),
    ] + ReleaseArguments.rules + RegistryArguments.source.rules,
    examples: [
      "pack -c imageset-config.yaml --key release-team.key -o media/ocp-4.16.tar.zst",
      "pack -c imageset-config.yaml --since ocp-4.16.tar.zst.head --key release-team.key -o media/ocp-4.16-update.tar.zst",
      "pack -c imageset-config.yaml --key release-team.key -o media/ocp-4.16.tar.zst --volume-size bd --parity 2 --label",
      "pack --image quay.io/team/app:1.0 --unsigned -o - | ssh gate 'cat > app.tar.zst'",
    ])

  static func run(_ arguments: ParsedArguments, _ context: Context) async throws -> CommandResult {
    if let package = arguments[explain] {
      let explanation = try await Gathering.explain(package, options(arguments, context), reporter: context.reporter)
      return PackageExplanationText.result(explanation, asGraph: arguments[dot])
    }
    let options = try options(arguments, context)
    let report = try await pack(options, reporter: context.reporter)
    let requests = options.registry.requestsSent
    var result = CommandResult(text: text(report, requests: requests), json: json(report, requests: requests))
    result.isSummary = report.path != nil
    result.belongsOnError = report.path == "-"
    result.failure = report.plan.failure
    return result
  }

  static func options(_ arguments: ParsedArguments, _ context: Context) throws -> PackOptions {
    // Without one, nothing is packed: a rule sees to it.
    var output = arguments[output] ?? "-"
    if output != "-", try OutputFile(output).isStandardOutput { output = "-" }
    guard output != "-" || arguments[dryRun] || arguments[explain] != nil || !StandardStream.output.isTerminal else {
      throw arguments.usageError("'-o -' writes the bundle to stdout, and stdout is the terminal")
    }
    var options = PackOptions(output: output, registry: RegistryArguments.source.access(arguments, context))
    options.configuration = arguments[configuration]
    options.images = arguments.all(image)
    options.releases = ReleaseArguments.allOptions(arguments)
    options.catalogs = CatalogArguments.options(arguments)
    options.keepsGoing = arguments[keepGoing]
    options.bases.paths = arguments.all(since)
    options.bases.isForAll = arguments[forAll]
    options.bases.trust = arguments.all(TrustArguments.trust)
    options.bases.allowUnsigned = arguments[allowUnsignedBase]
    options.keys = arguments.all(key).map { KeyArguments.file($0, arguments, context) }
    options.allowUnsigned = arguments[unsigned]
    options.isDryRun = arguments[dryRun]
    options.includesSelf = arguments[includeSelf]
    options.volumeBytes = arguments[volumeSize]
    options.parity = arguments[parity]
    options.writesLabels = arguments[label]
    options.withReferrers = !arguments[noReferrers]
    options.skipForeignLayers = arguments[skipForeignLayers]
    options.parallel = arguments[parallel] ?? options.parallel
    options.created = try context.sourceDateEpoch()
    return options
  }

  private static func text(_ report: PackReport, requests: Int) -> String {
    let plan = report.plan
    var facts = Facts()
    facts.add("bundle", plan.contents.id)
    plan.contents.add(to: &facts)
    facts.add("notes", plan.notes)
    facts.add("vanished", plan.vanished.flatMap(\.lines))
    facts.add("missing", plan.missing)
    if let path = report.path {
      if let count = report.fileBytes.flatMap(plan.volumes) {
        let (first, last) = (VolumeName(path, 1, of: count).text, VolumeName(path, count, of: count).text)
        facts.add("files", count == 1 ? first : "\(first) to \(last)")
        facts.add("list", "\(path)\(VolumeList.suffix), which goes onto each medium with its .sig files")
      } else {
        facts.add("file", path == "-" ? "stdout" : path)
      }
      if let size = report.fileBytes {
        facts.add("size", size.asBytes)
        facts.add("volumes", volumes(plan, size))
        facts.add("parity", parity(plan, size))
      }
      facts.add("signed by", report.signers.isEmpty ? ["nobody"] : report.signers)
      return facts.text
    }
    facts.add("size", "\(plan.isExact ? "" : "at most ")\(plan.fileBytes.asBytes) (\(plan.fileBytes) bytes)")
    if let size = plan.fileBytesWithoutBases { facts.add("without bases", "about \(size.asBytes)") }
    facts.add("for", plan.targets.map(\.line))
    facts.add("volumes", volumes(plan, plan.fileBytes))
    facts.add("parity", parity(plan, plan.fileBytes))
    facts.add("to fetch", plan.bytesToFetch.asBytes)
    facts.add("requests", "\(requests) for this plan")
    if plan.contents.images.isEmpty { return facts.text }
    let width = StandardStream.output.isTerminal ? StandardStream.output.columns : nil
    return facts.text + "\n" + ImageTable.text(plan.contents.images, width: width)
  }

  private static func volumes(_ plan: PackPlan, _ size: Int) -> [String] {
    guard let count = plan.volumes(of: size), let bytes = plan.volumeBytes else { return [] }
    return ["\(count) of \(bytes.asBytes) (\(bytes) bytes)"]
  }

  private static func parity(_ plan: PackPlan, _ size: Int) -> [String] {
    plan.parity(of: size).map { ["\(counted($0.count, "volume")) of \($0.bytes.asBytes)"] } ?? []
  }

  private static func json(_ report: PackReport, requests: Int) -> JSONValue {
    let plan = report.plan
    return .object(
      plan.contents.members + [
        .init("bytesToFetch", .integer(plan.bytesToFetch)), .init("dryRun", .boolean(report.path == nil)),
        .init("file", report.path.map { .string($0) } ?? .null),
        .init("fileBytes", .integer(report.fileBytes ?? plan.fileBytes)),
        .init("fileBytesExact", .boolean(report.fileBytes != nil || plan.isExact)),
        .init("fileBytesWithoutBases", plan.fileBytesWithoutBases.map { .integer($0) } ?? .null),
        .init("missing", .strings(plan.missing)), .init("notes", .strings(plan.notes)),
        .init("parityVolumes", plan.parity(of: report.fileBytes ?? plan.fileBytes).map { .integer($0.count) } ?? .null),
        .init("requests", .integer(requests)),
        .init("resumed", .boolean(report.isResumed)),
        .init("signers", .strings(report.signers)), .init("targets", .array(plan.targets.map(\.value))),
        .init("vanished", .array(plan.vanished.map(\.value))),
        .init("volumeSize", plan.volumeBytes.map { .integer($0) } ?? .null),
        .init("volumes", plan.volumes(of: report.fileBytes ?? plan.fileBytes).map { .integer($0) } ?? .null),
      ])
  }
}

extension Context {
  /// The time that takes the place of the clock's, so that the same inputs give the same bytes.
  ///
  /// Source: reproducible-builds.org, "SOURCE_DATE_EPOCH Specification".
  fileprivate func sourceDateEpoch() throws(SealiftError) -> Int? {
    guard let text = environment["SOURCE_DATE_EPOCH"], !text.isEmpty else { return nil }
    // A bundle's time has a year of four digits.
    guard let seconds = Int(text), (0..<253_402_300_800).contains(seconds) else {
      throw SealiftError(
        .configuration, "SOURCE_DATE_EPOCH is '\(text)', and not a number of seconds since 1970",
        nextStep: "set it as in `SOURCE_DATE_EPOCH=$(date +%s)`, or unset it")
    }
    return seconds
  }
}
