internal import Diagnostics
public import Digests
public import HTTPTransport
public import YAML

/// One entry of `mirror.manifests`: objects for the clusters that the bundle is for.
public struct ClusterManifestRequest: Sendable {
  /// Where they lie.
  public enum Place: Sendable, Equatable {
    /// A file, or a directory with all below it.
    case path(String)
    /// A file on a web server, and its digest.
    case url(HTTPURL, Digest)
  }

  /// `path`, or `url` and `sha256`: where they lie.
  public let place: Place
  /// `profiles`: the profiles that they belong to, sorted; none means all.
  public let profiles: [String]
  /// Where the entry stands in the file.
  public let position: YAMLPosition

  // Far more than people write by hand; each can be a directory.
  private static let maximumCount = 1000

  /// - Parameter node: The element of the list.
  init(_ node: YAMLNode, _ findings: Findings) throws(SealiftError) {
    let stanza = try Stanza(
      node, path: "mirror.manifests[]", Stanza.Fields(honoured: ["path", "url", "sha256", "profiles"]), findings)
    position = stanza.position
    profiles = stanza.profiles()
    place = try Self.place(stanza)
  }

  private static func place(_ stanza: Stanza) throws(SealiftError) -> Place {
    let path = try stanza.checkedText("path", "the path of a file or of a directory") { !$0.contains("\0") }
    let (url, digest) = (try stanza.url(), try stanza.sha256())
    switch (path, url) {
    case (let path?, nil):
      guard digest == nil else {
        throw stanza.position.error(
          "sha256 belongs to a url: a local file is taken as it is", nextStep: "remove sha256, or name a url")
      }
      return .path(path)
    case (nil, let url?):
      guard let digest else {
        throw stanza.position.error(
          "\(url) has no sha256, and what comes from a web server is only taken if that is known",
          nextStep: "fetch it, read it, and add what `sha256sum` prints")
      }
      return .url(url, digest)
    case (nil, nil): throw stanza.position.error("\(stanza.path) has neither path nor url", nextStep: "add one")
    case (_?, _?):
      throw stanza.position.error(
        "\(stanza.path) has both path and url, and manifests lie in one place", nextStep: "make two entries of it")
    }
  }

  /// Reads `mirror.manifests`.
  ///
  /// The same place may stand twice: with the same objects it is given to the profiles of both.
  static func list(_ mirror: Stanza) -> [ClusterManifestRequest] {
    let requests = mirror.list("manifests") { (node) throws(SealiftError) in
      try ClusterManifestRequest(node, mirror.findings)
    }
    if requests.count > maximumCount {
      mirror.findings.fault(
        requests[maximumCount].position, "mirror.manifests has more than \(maximumCount) entries")
    }
    return requests
  }
}
