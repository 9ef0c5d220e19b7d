public import Diagnostics
internal import JSON
public import YAML

/// One object for a cluster, and the file it stands in.
public struct ManifestFile: Sendable, Equatable {
  /// The greatest size of a file. `apply` keeps the whole object in an annotation, and all annotations of an object
  /// together may have 262,144 bytes.
  public static let maximumBytes = 250_000

  /// The object, its keys sorted.
  public let object: YAMLValue
  /// Its kind.
  public let kind: String
  /// Its name.
  public let name: String

  /// Makes a file of an object that this program has made.
  init(_ object: YAMLValue) {
    self.object = object.sorted
    kind = object["kind"]?.text ?? ""
    name = object["metadata"]?["name"]?.text ?? ""
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: Its name, for messages.
  ///   - code: The code of the error for anything that is wrong with it.
  /// - Throws: That code, unless it is one object of a kind and with a name that can be a file's.
  public init(
    _ bytes: [UInt8], source: String, code: SealiftError.Code = .corrupt
  ) throws(SealiftError) {
    let object = try YAMLReader.document(bytes, source: source, code: code).value
    self.init(object)
    guard Self.isFileName(kind), Self.isFileName(name) else {
      throw SealiftError(
        code, "\(source) holds no object with a kind and a name", nextStep: "check that it is a Kubernetes manifest")
    }
  }

  /// The namespace, if it has one and it is one that can stand in a command.
  var namespace: String? {
    object["metadata"]?["namespace"]?.text.flatMap { Self.isFileName($0) ? $0 : nil }
  }

  /// The path in a directory of manifests: `<Kind>/<name>.yaml`.
  public var path: String { "\(kind)/\(name).yaml" }

  /// The file's content.
  public var bytes: [UInt8] { YAMLWriter.bytes(of: object) }

  /// The object as canonical JSON in one line.
  ///
  /// - Throws: `configuration` for a number in a form that JSON does not have.
  public func json() throws(SealiftError) -> [UInt8] { JSONWriter.bytes(of: try JSONValue(object)) + [0x0A] }

  /// Whether a kind or name is one that Kubernetes allows, and so neither `..`, a flag nor anything with a slash.
  private static func isFileName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 253 && !".-".utf8.contains(text.utf8.first ?? 0)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

extension JSONValue {
  fileprivate init(_ value: YAMLValue) throws(SealiftError) {
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
