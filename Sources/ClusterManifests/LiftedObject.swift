public import Diagnostics
public import Digests
public import OCI
internal import YAML

/// An object that was lifted out of an image, with the images that it names in its containers: it is carried when it is
/// known which of them are at the mirror.
///
/// Source: `formats/manifests.md`, "Lifted out of images".
public struct LiftedObject: Sendable {
  /// One image, and the path at the target where the object will look for it.
  public struct Use: Sendable, Hashable {
    /// The image as the object names it.
    public let image: ImageReference
    /// The path, relative to the target.
    public let repository: String
    /// Whether the cluster composes the reference of environment variables, and so by that path and its own tag.
    public let isComposed: Bool
  }

  /// The images, in the order in which the object names them, each once.
  public private(set) var uses: [Use] = []
  /// Whether the variable for the registry's host was found in a container.
  public var hasHost: Bool { !hosts.isEmpty }
  /// What a person should know of images that are left as they are: one sentence each.
  public private(set) var notes: [String] = []

  /// The object as it was lifted.
  public let object: UserObject
  /// What messages call it: with the file that it stands in.
  public let name: String

  private let variables: ImageVariables?
  private var fields: [ValuePath: ImageReference] = [:]
  private var hosts: [ValuePath: String] = [:]

  /// Finds the images of an object.
  ///
  /// - Parameter variables: The environment variables of whose values references are composed, if there are any.
  public init(_ object: UserObject, variables: ImageVariables? = nil) {
    self.object = object
    self.variables = variables
    name = "\(object.source): \(object.manifest.kind) \(object.manifest.name)"
    // A definition of a kind describes containers, and has none.
    guard object.manifest.kind != "CustomResourceDefinition" else { return }
    var containers: [(YAMLValue, ValuePath)] = []
    object.manifest.object.forEachContainer { containers.append(($0, $1)) }
    for (container, path) in containers { take(container, at: path) }
    var seen: Set<Use> = []
    uses = uses.filter { seen.insert($0).inserted }
    noteLeftovers()
  }

  /// The object as it is carried, with its images at the mirror.
  ///
  /// - Parameter digest: The digest of an image at the mirror; `nil` if the bundle does not have it, so that the object
  ///   keeps the tag.
  /// - Throws: `internal` if anything else of the object would change; as `UserObject.read` does.
  public func rewritten(
    _ digest: (ImageReference) throws(SealiftError) -> Digest?
  ) throws(SealiftError) -> UserObject {
    var replacements = hosts
    for (path, image) in fields {
      let reference = Placeholder.reference(image.repository)
      let digest = try digest(image) ?? image.digest
      replacements[path] = reference + (digest.map { "@\($0)" } ?? ":\(image.tag ?? "")")
    }
    let rewritten = object.manifest.object.replacing(replacements)
    try check(rewritten, replacements)
    return try object.with(rewritten)
  }

  /// Parses what will be written, and compares it with the object as it was read.
  private func check(_ rewritten: YAMLValue, _ replacements: [ValuePath: String]) throws(SealiftError) {
    let written = try YAMLReader.document(YAMLWriter.bytes(of: rewritten), source: name, code: .internal).value
    let expected = Set(object.manifest.object.differences(from: rewritten)).subtracting(replacements.keys)
    guard expected.isEmpty, rewritten.differences(from: written).isEmpty else {
      throw SealiftError(
        .internal, "\(name) would change in more than its images", nextStep: "report this with the file")
    }
  }

  /// Reads a reference as a cluster does: without a tag or a digest it is `latest`.
  static func reference(_ text: String) -> (reference: ImageReference, isAssumed: Bool)? {
    guard !text.hasPrefix("docker://") else { return nil }
    if let reference = try? ImageReference(text) { return (reference, false) }
    let last = text.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard !last.contains(where: { $0 == ":" || $0 == "@" }) else { return nil }
    return (try? ImageReference(text + ":latest")).map { ($0, true) }
  }
}

// Finding.
extension LiftedObject {
  private mutating func take(_ container: YAMLValue, at path: ValuePath) {
    let place = "container \(container["name"]?.text ?? path.description)"
    take(container["image"], at: path["image"], "\(place): image")
    let environment = ContainerEnvironment(of: container, at: path)
    for variable in environment.variables where variable.name.hasPrefix(ImageVariables.relatedImagePrefix) {
      if case .text(let text) = variable.value {
        take(.string(text), at: variable.path, "\(place): \(variable.name)")
      } else {
        note("\(place): \(variable.name) \(variable.value.reason): its image is neither packed nor rewritten")
      }
    }
    let composed = ComposedImages(environment, variables)
    if let host = composed.host { hosts[host.path] = host.text }
    uses += composed.images
    for sentence in composed.notes { note("\(place): \(sentence)") }
  }

  private mutating func take(_ value: YAMLValue?, at path: ValuePath, _ place: String) {
    guard let value else { return }
    guard let text = value.text, let image = Self.reference(text) else {
      let shown = value.text.map { "'\($0.prefix(200))'" } ?? "no text"
      return note("\(place) is \(shown), which is no image: it is neither packed nor rewritten")
    }
    if image.isAssumed { note("\(place) is '\(text)', without a tag: a cluster takes that for \(image.reference)") }
    fields[path] = image.reference
    uses.append(Use(image: image.reference, repository: image.reference.repository, isComposed: false))
  }

  private mutating func note(_ sentence: String) { notes.append("\(name): \(sentence)") }

  /// Notes the images that it names in other places.
  private mutating func noteLeftovers() {
    var sentences: [String] = []
    object.manifest.object.forEachText { text, path in
      guard fields[path] == nil, hosts[path] == nil else { return }
      if let name = variables?.host, text.contains("$(\(name))") {
        sentences.append("\(path) is composed of $(\(name)): its image is not known and not packed")
      } else if let image = Self.wholeReference(text) {
        sentences.append("\(path) names the image \(image), which is neither packed nor rewritten")
      }
    }
    for sentence in sentences { note(sentence) }
  }

  /// The image of a text that says so by itself: it has a host and a tag or a digest; `--flag=` may stand before it.
  private static func wholeReference(_ text: String) -> ImageReference? {
    var text = text
    if text.hasPrefix("-"), let equals = text.firstIndex(of: "=") { text = String(text[text.index(after: equals)...]) }
    let host = text.prefix { $0 != "/" }
    guard host.utf8.count < text.utf8.count, host.contains(where: { $0 == "." || $0 == ":" }) || host == "localhost",
      !host.isEmpty, String(host) != Placeholder.host
    else { return nil }
    return try? ImageReference(text)
  }
}
