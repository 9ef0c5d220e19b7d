internal import Arguments
internal import Gathering

/// Where facts about releases come from.
enum ReleaseArguments {
  static let graphURL = Option(
    "graph-url", .text("URL"),
    help: "Update service to ask (default: $UPDATE_URL_OVERRIDE, then the public one).")
  static let graphFile = Option(
    "graph-file", .file(),
    help: "Saved update graph, or a directory with one as ARCH-CHANNEL.json for each channel; no service is asked.")

  static let rules: [Rule] = [.atMostOne(graphURL, graphFile)]

  private static let store = Option(
    "signature-store", .text("URL|DIR"), repeatable: true,
    help: "Where release signatures lie, as sha256=DIGEST/signature-1 (default: $OCP_SIGNATURE_URL, then the public "
      + "store and those that the release names).")
  private static let allowUnsigned = Option(
    "allow-unsigned-release", .text("VERSION"), repeatable: true,
    help: "Packs this release although no signature of it is proven.")
  private static let graphData = Option(
    "graph-data", .text("URL|FILE"), help: "Graph data for an update service (default: the public ones).")
  private static let graphBase = Option(
    "graph-base-image", .text("REF"),
    help: "Image on which the one with the graph data is made (default: ubi9 of registry.access.redhat.com).")

  /// What `pack` takes.
  static let group = Group(
    "Releases", [graphURL, graphFile, ReleaseTrustArguments.key, store, allowUnsigned, graphData, graphBase])

  /// Where graphs come from.
  static func options(_ arguments: ParsedArguments) -> ReleaseOptions {
    var options = ReleaseOptions()
    options.graphURL = arguments[graphURL]
    options.graphFile = arguments[graphFile]
    return options
  }

  /// All that `group` has.
  static func allOptions(_ arguments: ParsedArguments) -> ReleaseOptions {
    var options = options(arguments)
    options.keys = arguments.all(ReleaseTrustArguments.key)
    options.signatureStores = arguments.all(store)
    options.allowedUnsigned = Set(arguments.all(allowUnsigned))
    options.graphData = arguments[graphData]
    options.graphBaseImage = arguments[graphBase]
    return options
  }
}
