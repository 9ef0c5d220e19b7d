internal import SystemIO

/// The saved graph of a channel `stable-4.2`: 4.1.0, 4.1.1, 4.2.0 and 4.2.1, with one conditional upgrade.
public struct GraphFile {
  /// The graph.
  public static let text = """
    {"version":1,"nodes":[\(node("4.2.1")),\(node("4.1.0")),\(node("4.1.1")),\(node("4.2.0"))],
     "edges":[[1,2],[2,3]],
     "conditionalEdges":[{"edges":[{"from":"4.2.0","to":"4.2.1"}],"risks":[
      {"name":"Loss","message":"Data can be lost.","url":"https://risks.example/loss","matchingRules":[]}]}]}
    """

  /// Where it lies.
  public let path: String

  /// Writes it to a directory, under the name that `oc-mirror` gives it.
  public init(_ directory: TemporaryDirectory) throws {
    path = directory("amd64-stable-4.2.json")
    try FileSystem.write(Array(Self.text.utf8), to: path)
  }

  /// The payload of a version.
  public static func payload(_ version: String) -> String {
    "quay.io/openshift-release-dev/ocp-release@sha256:" + String(repeating: version.filter(\.isNumber) + "0", count: 16)
  }

  private static func node(_ version: String) -> String {
    """
    {"version":"\(version)","payload":"\(payload(version))","metadata":{"url":"https://errata.example/\(version)",
     "io.openshift.upgrades.graph.release.channels":"fast-4.2,stable-4.2"}}
    """
  }
}
