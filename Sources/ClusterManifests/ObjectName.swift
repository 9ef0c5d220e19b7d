internal import Digests

/// Which kinds and names of objects can be those of files and stand in commands, and which file an object stands in.
enum ObjectName {
  /// Whether a text can be the kind of an object, and so neither `..`, a flag nor anything with a slash.
  ///
  /// Source: Kubernetes, `CustomResourceDefinitionNames`: in lower case a kind is a DNS label.
  static func isKind(_ text: String) -> Bool { text.utf8.count <= 63 && isPlainName(text) }

  /// Whether a text can be the name of most objects, and of a namespace.
  static func isPlainName(_ text: String) -> Bool { isName(text, besides: "-.") }

  /// Whether a text can be the name of any object that is carried: those of RBAC and of users hold `:`, `_` and `@`
  /// too. Whatever a shell or a file system reads in another way is left out.
  static func isName(_ text: String) -> Bool { isName(text, besides: "-.:_@") }

  private static func isName(_ text: String, besides others: String) -> Bool {
    guard let first = text.utf8.first, !others.utf8.contains(first), text.utf8.count <= 253 else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: others.utf8.contains(byte)
      }
    }
  }

  // A path in a bundle has 155 bytes and a component 100; `config/`, a slash and `.yaml` stand around kind and stem.
  private static let maximumStem = 95
  private static let maximumKindAndStem = 142

  /// The name, without `.yaml`, of the file of an object that the packer has not made.
  ///
  /// Source: `formats/manifests.md`, "The user's manifests".
  static func stem(kind: String, namespace: String?, name: String) -> String {
    let whole = namespace.map { "\($0)_\(name)" } ?? name
    let stem = whole.replacing(":", with: "_").replacing("@", with: "_")
    let maximum = min(maximumStem, maximumKindAndStem - kind.utf8.count)
    guard stem.utf8.count > maximum else { return stem }
    let end = "_" + SHA256Hasher.digest(of: Array(whole.utf8)).hex.prefix(12)
    return stem.prefix(maximum - end.utf8.count) + end
  }
}
