public import Diagnostics
internal import YAML

/// What a user gives as `targetCatalogSourceTemplate`: a `CatalogSource` in which only the image is missing.
public struct CatalogSourceTemplate: Sendable, Equatable {
  static let defaultNamespace = "openshift-marketplace"
  /// The path of the file, for messages.
  public let path: String
  let object: YAMLValue

  /// Reads one.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - path: Its path.
  /// - Throws: `configuration`, naming file and line, unless it is a `CatalogSource` that can be one for an image.
  public init(_ bytes: [UInt8], path: String) throws(SealiftError) {
    let document = try YAMLReader.document(bytes, source: path)
    try Self.require("operators.coreos.com/v1alpha1", under: "apiVersion", in: document)
    try Self.require("CatalogSource", under: "kind", in: document)
    try Self.checkMetadata(document["metadata"])
    try Self.checkSpec(document["spec"])
    try Self.refusePlaceholder(in: document)
    self.path = path
    object = document.value.withoutServerFields
  }

  /// The name, if it has one.
  var name: String? { text("name") }

  /// The namespace, if it has one.
  var namespace: String? { text("namespace") }

  /// Whether it has a cache taken out of the image.
  var hasCache: Bool { object["spec"]?["grpcPodConfig"]?["extractContent"]?["cacheDir"] != nil }

  private func text(_ key: String) -> String? {
    object["metadata"]?[key]?.text.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func require(_ value: String, under key: String, in document: YAMLNode) throws(SealiftError) {
    guard let node = document[key] else {
      throw document.position.error("a CatalogSource must have `\(key): \(value)`", nextStep: "add the line")
    }
    guard node.value.text == value else { throw node.position.error("\(key) must be \(value)") }
  }

  private static func checkMetadata(_ metadata: YAMLNode?) throws(SealiftError) {
    for entry in try metadata?.entries() ?? [] where !entry.value.isNull {
      switch entry.key {
      case "name", "namespace":
        let text = try entry.value.string()
        guard text.isEmpty || isName(text) else {
          throw entry.value.position.error(
            "metadata.\(entry.key) has at most 63 lower-case letters, digits and '-', and ends in a letter or digit")
        }
      case "labels", "annotations": for pair in try entry.value.entries() { _ = try pair.value.string() }
      default: break
      }
    }
  }

  private static func checkSpec(_ spec: YAMLNode?) throws(SealiftError) {
    _ = try spec?.entries()
    if let type = spec?["sourceType"], !type.isNull, !["", "grpc"].contains(try type.string()) {
      throw type.position.error("spec.sourceType must be grpc, as the catalog is an image")
    }
    if let name = spec?["configMap"], !name.isNull, try !name.string().isEmpty {
      throw name.position.error("spec.configMap does not go with an image", nextStep: "take the line out")
    }
    _ = try spec?["grpcPodConfig"]?["extractContent"]?.entries()
    _ = try spec?["grpcPodConfig"]?.entries()
  }

  /// Whether it is a name that a pod's label takes, since the catalog's pod has one with it.
  private static func isName(_ text: String) -> Bool {
    let isAlphanumeric = { (byte: UInt8) in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard let first = text.utf8.first, let last = text.utf8.last, text.utf8.count <= 63 else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// The host has a meaning only where this program writes it.
  private static func refusePlaceholder(in node: YAMLNode) throws(SealiftError) {
    func refuse(_ text: String, at position: YAMLPosition) throws(SealiftError) {
      guard text.utf8.firstRange(of: Placeholder.host.utf8) != nil else { return }
      throw position.error("\(Placeholder.host) is not for templates: spec.image is filled in whatever it says")
    }
    switch node.content {
    case .scalar(let text, _): try refuse(text, at: node.position)
    case .sequence(let elements): for element in elements { try refusePlaceholder(in: element) }
    case .mapping(let entries):
      for entry in entries {
        try refuse(entry.key, at: entry.position)
        try refusePlaceholder(in: entry.value)
      }
    }
  }
}

extension YAMLValue {
  // What `oc get -o yaml` shows beside what a user wrote: `apply` would take it for a condition, or not at all.
  private static let serverFields: Set = [
    "creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid",
  ]

  /// The same without what a server adds to an object.
  fileprivate var withoutServerFields: YAMLValue {
    guard case .mapping(let entries) = self else { return self }
    return .mapping(
      entries.compactMap { entry in
        if entry.key == "status" { return nil }
        guard entry.key == "metadata", case .mapping(let metadata) = entry.value else { return entry }
        return Entry("metadata", .mapping(metadata.filter { !Self.serverFields.contains($0.key) }))
      })
  }
}
