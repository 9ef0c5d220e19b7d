public import Diagnostics
internal import YAML

/// What `oc-mirror`'s configuration file asks for: the parts of it that this version of Sealift honours.
///
/// Every other field is an error with its place: nothing is passed over in silence. A field that asks for nothing
/// (`operators: []`, `helm: {}`) is honoured by doing nothing.
///
/// Source: oc-mirror v2, `mirror.openshift.io/v2alpha1`.
public struct ImageSetConfiguration: Sendable {
  /// The greatest file in bytes.
  public static let maxBytes = YAMLReader.maxBytes

  /// The file, as the user knows it.
  public let source: String
  /// `mirror.platform`; `nil` where it is absent.
  public let platform: PlatformRequest?
  /// `mirror.operators`, in their order.
  public let operators: [OperatorRequest]
  /// `mirror.additionalImages`, in their order.
  public let additionalImages: [AdditionalImage]
  /// `mirror.files`, in their order.
  public let files: [FileRequest]
  /// `mirror.blockedImages`.
  public let blockedImages: BlockedImages
  /// `mirror.manifests`, in their order.
  public let manifests: [ManifestRequest]
  /// `mirror.extract`, in its order.
  public let extract: [ExtractRequest]
  /// `mirror.helm`; `nil` where it is absent.
  public let helm: HelmRequest?
  /// What the user should know of how the file is read: one sentence each.
  public let notes: [String]

  /// Reads a configuration file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  /// - Throws: `configuration`, with `FILE:LINE:COLUMN`.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    let root = try YAMLReader.document(bytes, source: source)
    try Self.checkKind(of: root)
    let top = try Stanza(
      root, path: "", honoured: ["kind", "apiVersion", "archiveSize", "mirror"],
      refused: ["delete": "belongs to a DeleteImageSetConfiguration, and this is an ImageSetConfiguration"])
    let mirror = try Stanza(
      top.required("mirror"), path: "mirror",
      honoured: [
        "platform", "operators", "additionalImages", "blockedImages", "extract", "files", "helm", "manifests",
      ],
      instead: [
        "samples": "remove it, and name each image that your samples use under mirror.additionalImages"
      ])
    self.source = source
    platform = try mirror["platform"].map { (node) throws(SealiftError) in try PlatformRequest(node) }
    operators = try Self.operators(mirror)
    additionalImages = try mirror.list("additionalImages") { (item) throws(SealiftError) in try AdditionalImage(item) }
    files = try FileRequest.list(mirror)
    blockedImages = try BlockedImages(mirror)
    manifests = try ManifestRequest.list(mirror)
    extract = try mirror.list("extract") { (item) throws(SealiftError) in try ExtractRequest(item) }
    try extract.checkDoubles()
    helm = try mirror["helm"].map { (node) throws(SealiftError) in try HelmRequest(node) }
    notes = try [Self.note(onArchiveSize: top)].compactMap(\.self) + operators.flatMap(\.notes)
  }

  private static func operators(_ mirror: Stanza) throws(SealiftError) -> [OperatorRequest] {
    var lines: [OperatorRequest.Origin: Int] = [:]
    return try mirror.list("operators") { (node) throws(SealiftError) in
      let request = try OperatorRequest(node)
      if let line = lines.updateValue(request.position.line, forKey: request.catalog) {
        throw request.position.error(
          "the catalog '\(request.catalog)' stands twice, first in line \(line)",
          nextStep: "put all of its packages under one entry")
      }
      return request
    }
  }

  private static func checkKind(of root: YAMLNode) throws(SealiftError) {
    guard let kind = root["kind"] else { throw root.position.error("the field kind is missing", nextStep: header) }
    switch try kind.string() {
    case "ImageSetConfiguration": break
    case "DeleteImageSetConfiguration":
      throw kind.position.error(
        "a DeleteImageSetConfiguration says what to delete, and nothing can be packed from it",
        nextStep: "name a file of kind ImageSetConfiguration; this one is for `sealift delete --generate`")
    case let other: throw kind.position.error("'\(other)' is not the kind ImageSetConfiguration", nextStep: header)
    }
    try checkVersion(of: root, header)
  }

  /// Checks the version of the format, which files of several kinds share.
  ///
  /// - Parameter header: What such a file begins with, for messages.
  static func checkVersion(of root: YAMLNode, _ header: String) throws(SealiftError) {
    guard let version = root["apiVersion"] else {
      throw root.position.error("the field apiVersion is missing", nextStep: header)
    }
    let text = try version.string()
    guard text == apiVersion else {
      let problem =
        text.hasPrefix("mirror.openshift.io/v1")
        ? "'\(text)' is the format of oc-mirror v1, and only \(apiVersion) is supported"
        : "'\(text)' is not the apiVersion \(apiVersion)"
      throw version.position.error(problem, nextStep: "write the file in the format \(apiVersion)")
    }
  }

  /// The version of the format.
  static let apiVersion = "mirror.openshift.io/v2alpha1"
  private static let header = "begin the file with kind: ImageSetConfiguration and apiVersion: \(apiVersion)"

  private static func note(onArchiveSize top: Stanza) throws(SealiftError) -> String? {
    guard let node = top["archiveSize"] else { return nil }
    guard try node.integer() >= 0 else { throw node.position.error("archiveSize is a number of GiB, 0 or more") }
    return "\(node.position.description): archiveSize has no effect, because a bundle is always one file"
  }
}
