internal import Diagnostics
internal import JSON
internal import YAML

extension FoundObject {
  /// The objects of one file, in their order: YAML of any number of documents, or JSON.
  ///
  /// A `List` counts as its elements, and a document without content as nothing.
  ///
  /// - Throws: `configuration`, with the place.
  static func all(in bytes: [UInt8], source: String) throws(SealiftError) -> [FoundObject] {
    var text = bytes[...]
    if text.starts(with: byteOrderMark) { text = text.dropFirst(byteOrderMark.count) }
    var objects: [FoundObject] = []
    for document in try documents(Array(text), source) { objects += try expanded(document) }
    return objects
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private static func documents(_ bytes: [UInt8], _ source: String) throws(SealiftError) -> [FoundObject] {
    let isJSON = bytes.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
    if source.hasSuffix(".json") || isJSON {
      do throws(SealiftError) { return try json(bytes, source) } catch {
        // A flow mapping of YAML begins in the same way.
        if source.hasSuffix(".json") { throw error }
      }
    }
    var documents: [FoundObject] = []
    for node in try YAMLReader.documents(bytes, source: source) where !node.isNull {
      guard case .mapping = node.content else { throw node.position.error("this is no object, which is a mapping") }
      documents.append(FoundObject(object: try node.carried(), place: node.position.description))
    }
    return documents
  }

  private static func json(_ bytes: [UInt8], _ source: String) throws(SealiftError) -> [FoundObject] {
    guard bytes.count <= YAMLReader.maxBytes else {
      throw SealiftError(
        .configuration, "\(source) is larger than \(YAMLReader.maxBytes.asBytes)",
        nextStep: "check that it is the file you meant")
    }
    return try JSONReader.values(bytes, source: source, code: .configuration).map { value throws(SealiftError) in
      guard case .object = value else {
        throw SealiftError(
          .configuration, "\(source) holds a value that is no object", nextStep: "check that it holds manifests")
      }
      return FoundObject(object: YAMLValue(value), place: source)
    }
  }

  private static func expanded(_ document: FoundObject) throws(SealiftError) -> [FoundObject] {
    guard let items = document.object["items"]?.elements else {
      guard document.object["kind"]?.text != "List" else { throw refusal(document, "is a List without items") }
      return [document]
    }
    guard document.object["kind"]?.text == "List", document.object["apiVersion"]?.text == "v1" else {
      throw refusal(document, "is a list of objects, and not one of the kind List of v1")
    }
    let others = document.object.entries?.first { !["apiVersion", "items", "kind", "metadata"].contains($0.key) }
    guard others == nil else { throw refusal(document, "is a List with the field '\(others?.key ?? "")'") }
    var objects: [FoundObject] = []
    for (number, item) in items.enumerated() {
      let place = "\(document.place), item \(number + 1)"
      guard item.entries != nil, item["items"] == nil else {
        throw refusal(FoundObject(object: item, place: place), "is no object, or a list itself")
      }
      objects.append(FoundObject(object: item, place: place))
    }
    return objects
  }

  private static func refusal(_ document: FoundObject, _ problem: String) -> SealiftError {
    SealiftError(.configuration, "\(document.place): this \(problem)", nextStep: "put the objects there one by one")
  }
}

extension YAMLValue {
  /// A number stays as it is written.
  fileprivate init(_ value: JSONValue) {
    switch value {
    case .null: self = .plain("null")
    case .boolean(let value): self = .plain(value ? "true" : "false")
    case .number(let text): self = .plain(text)
    case .string(let text): self = .string(text)
    case .array(let elements): self = .sequence(elements.map { YAMLValue($0) })
    case .object(let members): self = .mapping(members.map { Entry($0.name, YAMLValue($0.value)) })
    }
  }
}
