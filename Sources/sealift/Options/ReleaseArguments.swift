internal import Arguments
internal import Operations

/// Where facts about releases come from.
enum ReleaseArguments {
  static let graphURL = Option(
    "graph-url", .text("URL"),
    help: "Update service to ask (default: $UPDATE_URL_OVERRIDE, then the public one).")
  static let graphFile = Option(
    "graph-file", .file(),
    help: "Saved update graph, or a directory with one as ARCH-CHANNEL.json for each channel; no service is asked.")

  static let rules: [Rule] = [.atMostOne(graphURL, graphFile)]

  static func options(_ arguments: ParsedArguments) -> ReleaseOptions {
    var options = ReleaseOptions()
    options.graphURL = arguments[graphURL]
    options.graphFile = arguments[graphFile]
    return options
  }
}
