internal import Catalog
public import Diagnostics
internal import Release
internal import YAML

/// What a `DeleteImageSetConfiguration` asks to delete.
///
/// It has the fields of an `ImageSetConfiguration` that name content; those that say how to fetch, name or place it are
/// errors, as is everything that nobody could decide without the sources.
///
/// Source: oc-mirror v2, `mirror.openshift.io/v2alpha1`; `formats/delete.md`.
public struct DeletionRequest: Sendable {
  /// The greatest file in bytes.
  public static let maxBytes = YAMLReader.maxBytes

  /// The file, as the user knows it.
  public let source: String
  /// `delete.platform`; `nil` where it is absent.
  public let platform: PlatformRequest?
  /// `delete.operators`, in their order.
  public let operators: [OperatorRequest]
  /// `delete.additionalImages`, in their order.
  public let additionalImages: [AdditionalImage]
  /// `delete.helm`: the charts, in their order.
  public let charts: [ChartDeletion]
  /// `delete.blockedImages`: what stays, whatever asks for it.
  public let blockedImages: BlockedImages
  /// What the user should know of how the file is read: one sentence each.
  public let notes: [ConfigurationNote]

  /// Reads a file.
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
        honoured: ["kind", "apiVersion", Self.key],
        refused: [
          "mirror": "belongs to an ImageSetConfiguration, and this is a DeleteImageSetConfiguration",
          "archiveSize": "says how to pack, and nothing is packed here",
        ]), findings)
    ImageSetConfiguration.checkVersion(top)
    let node = try findings.demand { () throws(SealiftError) in try top.required(Self.key) }
    let delete = try Stanza(
      node, path: Self.key,
      Stanza.Fields(
        honoured: ["platform", "operators", "additionalImages", "blockedImages", "helm"],
        refused: ["samples": "is nothing that is ever packed"]), findings)
    self.source = source
    platform = delete.value("platform") { (node) throws(SealiftError) in
      let platform = try PlatformRequest(node, under: Self.key, findings)
      try Self.check(platform)
      return platform
    }
    operators = delete.list("operators") { (node) throws(SealiftError) in
      let request = try OperatorRequest(node, under: Self.key, findings)
      try Self.check(request)
      return request
    }
    additionalImages = delete.list("additionalImages") { (node) throws(SealiftError) in
      try AdditionalImage(node, under: Self.key, findings)
    }
    blockedImages = BlockedImages(delete)
    charts =
      delete.value("helm") { (node) throws(SealiftError) in try ChartDeletion.all(node, under: Self.key, findings) }
      ?? []
    try findings.check()
    notes = findings.notes
    let isEmpty = operators.isEmpty && additionalImages.isEmpty && charts.isEmpty
    guard platform?.asksForNothing == false || !isEmpty else {
      throw delete.position.error("nothing is named that is to be deleted", nextStep: "name it under delete")
    }
  }

  private static let key = "delete"

  private static func checkKind(of root: YAMLNode) throws(SealiftError) {
    let kind = "DeleteImageSetConfiguration"
    let header = "begin the file with kind: \(kind) and apiVersion: \(ImageSetConfiguration.apiVersion)"
    guard let node = root["kind"] else { throw root.position.error("the field kind is missing", nextStep: header) }
    switch try node.string() {
    case kind: break
    case "ImageSetConfiguration":
      throw node.position.error(
        "an ImageSetConfiguration says what to pack, and nothing is deleted by it",
        nextStep: "write what is to be deleted into a file of kind \(kind)")
    case let other: throw node.position.error("'\(other)' is not the kind \(kind)", nextStep: header)
    }
  }

  /// Refuses what only an update graph could answer, which is not to be had where things are deleted.
  private static func check(_ platform: PlatformRequest) throws(SealiftError) {
    for channel in platform.channels {
      if channel.shortestPath {
        throw platform.position.error(
          "shortestPath in channel '\(channel.name)' asks for an update graph, and there is none here",
          nextStep: "remove it, and give minVersion and maxVersion of what is to be deleted")
      }
      guard channel.full || channel.minimum != nil || channel.maximum != nil else {
        throw platform.position.error(
          "channel '\(channel.name)' does not say which versions to delete",
          nextStep: "give it minVersion and maxVersion, or full: true for all that the bundles have of it")
      }
    }
  }

  /// Refuses what says how a catalog is packed.
  private static func check(_ request: OperatorRequest) throws(SealiftError) {
    let fields = [
      ("targetCatalog", request.targetCatalog != nil), ("targetTag", request.targetTag != nil),
      ("targetCatalogSourceTemplate", request.template != nil), ("skipDependencies", request.skipsDependencies),
      ("defaultChannel", request.request.packages.contains { $0.defaultChannel != nil }),
    ]
    for (field, isGiven) in fields where isGiven {
      throw request.position.error(
        "\(field) of the catalog '\(request.catalog)' says how to pack it, and the bundle knows where it went",
        nextStep: "remove \(field)")
    }
  }
}
