public import Diagnostics
public import YAML

/// An object that the user brings, or that was lifted out of an image.
///
/// It is carried in normal form, in a file of its own, so that whoever approves it reads what will be applied.
///
/// Source: `formats/manifests.md`, "The user's manifests".
public struct UserObject: Sendable, Equatable {
  /// The object in its file.
  public let manifest: ClusterManifest
  /// What it came from, as it was asked for.
  public let source: String
  /// Where it stands there, for messages.
  public let place: String
  /// The profiles that it belongs to, sorted; none: all.
  public internal(set) var profiles: [String]

  /// Reads the objects of a file, of which there may be none.
  ///
  /// - Parameters:
  ///   - bytes: YAML of any number of documents, or JSON, each with an object or a `List` of them.
  ///   - source: What it came from, for messages and the index.
  ///   - profiles: The profiles that they belong to; none: all.
  /// - Throws: `configuration`, with the place, for anything that cannot be applied, or not be carried without a change.
  public static func read(
    _ bytes: [UInt8], source: String, profiles: [String]
  ) throws(SealiftError) -> [UserObject] {
    try FoundObject.all(in: bytes, source: source).map { (found) throws(SealiftError) in
      try UserObject(found, source: source, profiles: Set(profiles).sorted())
    }
  }

  /// The same with another object.
  ///
  /// - Throws: As `read` does.
  public func with(_ object: YAMLValue) throws(SealiftError) -> UserObject {
    try UserObject(FoundObject(object: object, place: place), source: source, profiles: profiles)
  }

  private init(_ found: FoundObject, source: String, profiles: [String]) throws(SealiftError) {
    try found.check()
    manifest = ClusterManifest(found.object, isForeign: true)
    self.source = source
    place = found.place
    self.profiles = profiles
    try checkManifest()
  }

  private func checkManifest() throws(SealiftError) {
    let bytes = manifest.bytes
    guard bytes.count <= ClusterManifest.maximumBytes else {
      throw SealiftError(
        .configuration,
        "\(place): \(manifest.kind) \(manifest.name) has \(bytes.count) bytes, and `apply` takes \(ClusterManifest.maximumBytes)",
        nextStep: "take it out, and create it at the cluster without `apply`")
    }
    guard try ClusterManifest(bytes, source: place, isForeign: true, code: .configuration) == manifest else {
      throw SealiftError(
        .configuration, "\(place): \(manifest.kind) \(manifest.name) would not be the same when it is written again",
        nextStep: "report this with the file")
    }
    try checkPlaceholder()
  }

  /// A placeholder is filled in when the bundle is unpacked: where it cannot be, that is better known now.
  private func checkPlaceholder() throws(SealiftError) {
    let target = MirrorTarget(registry: "registry.example.com") { $0 }
    let filled: ClusterManifest
    do throws(SealiftError) { filled = try Placeholder.fill(manifest, for: target) } catch {
      throw SealiftError(
        .configuration,
        "\(place): \(manifest.kind) \(manifest.name) holds \(Placeholder.host) where it cannot be filled in",
        nextStep: "write it as the whole of a text, \(Placeholder.host)/PATH with a tag, a digest or neither")
    }
    guard filled.path == manifest.path else {
      throw SealiftError(
        .configuration, "\(place): \(Placeholder.host) is the name of an object or of a namespace",
        nextStep: "give it another name")
    }
  }
}
