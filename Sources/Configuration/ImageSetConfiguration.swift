public import Diagnostics
internal import YAML

/// What `oc-mirror`'s configuration file asks for.
///
/// Every field is honoured, or noted where it changes nothing, or an error with its place: nothing is passed over in
/// silence. A field that asks for nothing (`operators: []`, `helm: {}`) is honoured by doing nothing. Files for
/// oc-mirror v1 are read too: what only that had is honoured where it has a meaning here, and noted.
///
/// Source: oc-mirror v2, `mirror.openshift.io/v2alpha1`; oc-mirror v1, `v1alpha1` and `v1alpha2`.
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
  public let clusterManifests: [ClusterManifestRequest]
  /// `mirror.extract`, in its order.
  public let extract: [ExtractRequest]
  /// `mirror.helm`; `nil` where it is absent.
  public let helm: HelmRequest?
  /// `archiveSize` in bytes: into how large volumes the bundle is to be cut; `nil` where it is absent or 0.
  public let archiveBytes: Int?
  /// What the user should know of how the file is read: one sentence each.
  public let notes: [ConfigurationNote]

  /// Reads a configuration file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  /// - Throws: `configuration`, with `FILE:LINE:COLUMN`, for all faults at once.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    let root = try YAMLReader.document(bytes, source: source, dialect: .shorthand)
    try Self.checkKind(of: root)
    let findings = Findings()
    let top = try Stanza(
      root, path: "",
      Stanza.Fields(
        honoured: ["kind", "apiVersion", "archiveSize", "mirror"],
        idle: ["storageConfig": "a bundle keeps what oc-mirror v1 kept there in itself"],
        refused: ["delete": "belongs to a DeleteImageSetConfiguration, and this is an ImageSetConfiguration"]),
      findings)
    Self.checkVersion(top)
    archiveBytes = Self.archiveBytes(top)
    self.source = source
    let node = try findings.demand { () throws(SealiftError) in try top.stanza("mirror") }
    let mirror = try Stanza(
      node, path: "mirror",
      Stanza.Fields(
        honoured: [
          "platform", "operators", "additionalImages", "blockedImages", "extract", "files", "helm", "manifests",
        ],
        idle: ["samples": "its names are those of no images: name each that your samples use under additionalImages"],
        older: ["ocp": "platform"]), findings)
    platform = mirror.value("platform") { (node) throws(SealiftError) in try PlatformRequest(node, findings) }
    operators = Self.operators(mirror)
    additionalImages = mirror.list("additionalImages") { (item) throws(SealiftError) in
      try AdditionalImage(item, findings)
    }
    files = FileRequest.list(mirror)
    blockedImages = BlockedImages(mirror)
    clusterManifests = ClusterManifestRequest.list(mirror)
    extract = mirror.list("extract") { (item) throws(SealiftError) in try ExtractRequest(item, findings) }
    extract.checkDoubles(findings)
    helm = mirror.value("helm") { (node) throws(SealiftError) in try HelmRequest(node, findings) }
    try findings.check()
    notes = findings.notes
  }

  private static func operators(_ mirror: Stanza) -> [OperatorRequest] {
    var lines: [[String?]: Int] = [:]
    return mirror.list("operators") { (node) throws(SealiftError) in
      let request = try OperatorRequest(node, mirror.findings)
      let target = [request.catalog.description, request.targetCatalog, request.targetTag]
      if let line = lines.updateValue(request.position.line, forKey: target) {
        throw request.position.error(
          "the catalog '\(request.catalog)' stands twice, first in line \(line)",
          nextStep: "put all of its packages under one entry, or give one of them another targetCatalog")
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
  }

  /// Notes a version of the format that is not this one; oc-mirror v2 does not look at it.
  static func checkVersion(_ top: Stanza) {
    guard let node = top["apiVersion"] else {
      return top.findings.note(top.position, "apiVersion is missing, and the file is read as \(apiVersion)")
    }
    guard let text = top.value("apiVersion", { (node) throws(SealiftError) in try node.string() }), text != apiVersion
    else { return }
    let isOld = text.hasPrefix("mirror.openshift.io/v1")
    top.findings.note(
      node.position,
      "'\(text.prefix(100))' is \(isOld ? "the format of oc-mirror v1" : "no known format"), and the file is read as "
        + "\(apiVersion), as oc-mirror v2 reads it")
  }

  /// The version of the format.
  static let apiVersion = "mirror.openshift.io/v2alpha1"
  private static let header = "begin the file with kind: ImageSetConfiguration and apiVersion: \(apiVersion)"

  private static func archiveBytes(_ top: Stanza) -> Int? {
    let size = top.value("archiveSize") { (node) throws(SealiftError) in
      let size = try node.integer()
      guard 0...maximumArchiveSize ~= size else {
        throw node.position.error("archiveSize is a number of GiB, from 0 to \(maximumArchiveSize)")
      }
      return size
    }
    return size.flatMap { $0 == 0 ? nil : $0 << 30 }
  }

  // 256 TiB.
  private static let maximumArchiveSize = 1 << 18
}
