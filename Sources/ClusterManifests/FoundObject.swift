internal import Diagnostics
internal import YAML

/// An object as it stands in a file that somebody has brought: nothing of it is checked.
struct FoundObject {
  /// The object.
  let object: YAMLValue
  /// `FILE:LINE:COLUMN`; of JSON the file alone. An element of a `List` is named with its number.
  let place: String

  // What `oc get -o yaml` shows of one cluster: with it, `apply` fails at any other.
  private static let serverFields = ["managedFields", "resourceVersion", "uid"]

  /// Checks that it has what `apply` needs, and nothing that it may not have.
  ///
  /// - Throws: `configuration`.
  func check() throws(SealiftError) {
    guard let version = object["apiVersion"]?.text, Self.isVersion(version) else { throw missing("apiVersion") }
    guard let kind = object["kind"]?.text, ObjectName.isKind(kind) else { throw missing("kind") }
    guard let metadata = object["metadata"], metadata.entries != nil else { throw missing("metadata") }
    try checkName(metadata, kind)
    if let namespace = metadata["namespace"] {
      guard let text = namespace.text, ObjectName.isPlainName(text) else {
        throw error("the namespace of this \(kind) cannot be one", "give it the name of a namespace, or none")
      }
    }
    for field in Self.serverFields where metadata[field].map(Self.isEmpty) == false {
      throw error("this \(kind) has metadata.\(field), which belongs to one cluster", "take the field out")
    }
    let content = object.entries?.filter { !["apiVersion", "kind", "metadata"].contains($0.key) } ?? []
    guard content.map(\.key) != ["status"] else {
      throw error("this \(kind) has nothing but a status, which is not applied", "give it a spec, or take it out")
    }
  }

  private func checkName(_ metadata: YAMLValue, _ kind: String) throws(SealiftError) {
    if metadata["name"] == nil, metadata["generateName"] != nil {
      throw error("this \(kind) has generateName and no name, which `apply` does not take", "give it a name")
    }
    guard let node = metadata["name"] else { throw missing("metadata.name") }
    guard let name = node.text, ObjectName.isName(name) else {
      let text = node.text.map { "'\($0.prefix(100))'" } ?? "what stands there"
      throw error(
        "the name of this \(kind), \(text), is not one that can be carried",
        "use letters, digits and '-.:_@', and quotes around what would be a number")
    }
  }

  /// Whether it is `v1`, or `apps/v1`.
  private static func isVersion(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.allSatisfy { ObjectName.isPlainName(String($0)) }
  }

  private static func isEmpty(_ value: YAMLValue) -> Bool {
    switch value {
    case .plain(let text): ["", "~", "null"].contains(text)
    case .string(let text): text.isEmpty
    case .sequence(let elements): elements.isEmpty
    case .mapping(let entries): entries.isEmpty
    }
  }

  private func missing(_ field: String) -> SealiftError {
    error("this object has no \(field), or none that it can have", "add it, or take the object out")
  }

  private func error(_ problem: String, _ nextStep: String) -> SealiftError {
    SealiftError(.configuration, "\(place): \(problem)", nextStep: nextStep)
  }
}
