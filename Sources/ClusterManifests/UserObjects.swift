public import Diagnostics

/// The objects that the user brings to a bundle, and those lifted out of images: one for each path.
public struct UserObjects: Sendable {
  /// The greatest number of them: a bundle has 4,096 files in its head, with those that the packer makes.
  public static let maximumCount = 3800

  // By the path in lower case: there are file systems on which two names that differ in that are one.
  private var objects: [String: UserObject] = [:]

  /// None.
  public init() {}

  /// Whether there are none.
  public var isEmpty: Bool { objects.isEmpty }

  /// All of them, ascending by path.
  public var all: [UserObject] {
    objects.values.sorted { $0.manifest.path.utf8.lexicographicallyPrecedes($1.manifest.path.utf8) }
  }

  /// Adds one; the same object again only gains the profiles.
  ///
  /// - Throws: `configuration` if another object has the same path, whatever the profiles of both.
  public mutating func add(_ object: UserObject) throws(SealiftError) {
    let key = object.manifest.path.lowercased()
    guard let other = objects[key] else {
      guard objects.count < Self.maximumCount else {
        throw SealiftError(
          .configuration, "there are more than \(Self.maximumCount) manifests", nextStep: "pack some by themselves")
      }
      objects[key] = object
      return
    }
    guard other.manifest.path == object.manifest.path, other.manifest.bytes == object.manifest.bytes else {
      throw SealiftError(
        .configuration,
        "\(other.place) and \(object.place) bring different objects for one path, \(object.manifest.path)",
        nextStep: "take one of them out, whatever their profiles, or give it another name")
    }
    if other.profiles.isEmpty || object.profiles.isEmpty {
      objects[key]?.profiles = []
    } else {
      objects[key]?.profiles = Set(other.profiles + object.profiles).sorted()
    }
  }

  /// Refuses what the packer makes itself.
  ///
  /// - Parameter templates: What it makes.
  /// - Throws: `configuration` for an object of the same kind, namespace and name, or of the same path.
  public func requireNone(of templates: [ClusterManifest]) throws(SealiftError) {
    var made: [String: ClusterManifest] = [:]
    for template in templates {
      made[template.path.lowercased()] = template
      made[ClusterManifest(template.object, isForeign: true).path.lowercased()] = template
    }
    let sets = Set(templates.compactMap(\.seriesOfParts))
    for object in all {
      let manifest = object.manifest
      guard made[manifest.path.lowercased()] == nil, manifest.seriesOfParts.map(sets.contains) != true else {
        throw SealiftError(
          .configuration,
          "\(object.place): \(manifest.kind) \(manifest.name) is an object that this bundle has by itself",
          nextStep: "take it out, or give it another name")
      }
    }
  }
}
