public import Diagnostics
internal import JSON
public import YAML

/// One object for a cluster, and the file it stands in.
public struct ClusterManifest: Sendable, Equatable {
  /// The greatest size of a file. `apply` keeps the whole object in an annotation, and all annotations of an object
  /// together may have 262,144 bytes.
  public static let maximumBytes = 250_000
  /// The greatest size of one in which the target's name stands for the placeholder, which is shorter than some.
  static let maximumFilledBytes = 260_000

  /// Whether `apply -R` takes a file of that name.
  ///
  /// Source: kubectl, `resource.FileExtensions`.
  public static func isApplied(_ name: String) -> Bool { [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }

  /// The object, its keys sorted.
  public let object: YAMLValue
  /// Its kind.
  public let kind: String
  /// Its name.
  public let name: String
  /// Whether the user has brought it, or it was lifted out of an image; this program has made all others.
  public let isForeign: Bool

  /// Makes a file of an object that was checked, or that this program has made.
  init(_ object: YAMLValue, isForeign: Bool = false) {
    self.object = object.sorted
    self.isForeign = isForeign
    kind = object["kind"]?.text ?? ""
    name = object["metadata"]?["name"]?.text ?? ""
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  ///   - isForeign: Whether it is an object that the packer has not made.
  ///   - code: The code of the error for anything that is wrong with it.
  /// - Throws: That code, unless it is one object of a kind and with a name that can be a file's, and no list of others:
  ///   of whatever kind it is, `apply` takes the `items` instead.
  public init(
    _ bytes: [UInt8], source: String, isForeign: Bool = false, code: SealiftError.Code = .corrupt
  ) throws(SealiftError) {
    let object = try YAMLReader.document(bytes, source: source, code: code).value
    self.init(object, isForeign: isForeign)
    guard ObjectName.isKind(kind), isForeign ? ObjectName.isName(name) : ObjectName.isPlainName(name) else {
      throw SealiftError(
        code, "\(source) holds no object with a kind and a name", nextStep: "check that it is a Kubernetes manifest")
    }
    guard object["items"]?.elements == nil else {
      throw SealiftError(code, "\(source) holds a list of objects", nextStep: "put the objects there one by one")
    }
  }

  /// The namespace, if it has one and it is one that can stand in a command.
  public var namespace: String? {
    object["metadata"]?["namespace"]?.text.flatMap { ObjectName.isPlainName($0) ? $0 : nil }
  }

  /// The name of its file without `.yaml`.
  public var stem: String { isForeign ? ObjectName.stem(kind: kind, namespace: namespace, name: name) : name }

  /// The path in a directory of manifests: `<Kind>/<stem>.yaml`.
  public var path: String { "\(kind)/\(stem).yaml" }

  /// The file's content.
  public var bytes: [UInt8] { YAMLWriter.bytes(of: object) }

  /// The object as canonical JSON in one line.
  ///
  /// - Throws: `configuration` for a number in a form that JSON does not have.
  public func json() throws(SealiftError) -> [UInt8] { JSONWriter.bytes(of: try JSONValue(object)) + [0x0A] }
}

extension JSONValue {
  init(_ value: YAMLValue) throws(SealiftError) {
    switch value {
    case .string(let text): self = .string(text)
    case .sequence(let elements):
      var values: [JSONValue] = []
      for element in elements { values.append(try JSONValue(element)) }
      self = .array(values)
    case .mapping(let entries):
      var members: [Member] = []
      for entry in entries { members.append(Member(entry.key, try JSONValue(entry.value))) }
      self = .object(members)
    case .plain("true"): self = .boolean(true)
    case .plain("false"): self = .boolean(false)
    case .plain(""), .plain("~"), .plain("null"): self = .null
    case .plain(let text):
      guard let number = Int(text), String(number) == text else {
        throw SealiftError(
          .configuration, "'\(text)' is not a value that a manifest can have",
          nextStep: "put it in quotes, or write a whole number, true or false")
      }
      self = .number(text)
    }
  }
}
