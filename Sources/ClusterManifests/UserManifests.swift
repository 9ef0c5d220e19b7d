public import Diagnostics

/// The objects that the user brings to a bundle, and those lifted out of images: one for each path.
public struct UserManifests: Sendable {
  /// The greatest number of them: a bundle has 4,096 files in its head, with those that the packer makes.
  public static let maximumCount = 3800

  // By the path in lower case: there are file systems on which two names that differ in that are one.
  private var manifests: [String: UserManifest] = [:]

  /// None.
  public init() {}

  /// Whether there are none.
  public var isEmpty: Bool { manifests.isEmpty }

  /// All of them, ascending by path.
  public var all: [UserManifest] {
    manifests.values.sorted { $0.file.path.utf8.lexicographicallyPrecedes($1.file.path.utf8) }
  }

  /// Adds one; the same object again only gains the profiles.
  ///
  /// - Throws: `configuration` if another object has the same path, whatever the profiles of both.
  public mutating func add(_ manifest: UserManifest) throws(SealiftError) {
    let key = manifest.file.path.lowercased()
    guard let other = manifests[key] else {
      guard manifests.count < Self.maximumCount else {
        throw SealiftError(
          .configuration, "there are more than \(Self.maximumCount) manifests", nextStep: "pack some by themselves")
      }
      manifests[key] = manifest
      return
    }
    guard other.file.path == manifest.file.path, other.file.bytes == manifest.file.bytes else {
      throw SealiftError(
        .configuration,
        "\(other.place) and \(manifest.place) bring different objects for one path, \(manifest.file.path)",
        nextStep: "take one of them out, whatever their profiles, or give it another name")
    }
    if other.profiles.isEmpty || manifest.profiles.isEmpty {
      manifests[key]?.profiles = []
    } else {
      manifests[key]?.profiles = Set(other.profiles + manifest.profiles).sorted()
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
    for manifest in all {
      let file = manifest.file
      guard made[file.path.lowercased()] == nil, file.seriesOfParts.map(sets.contains) != true else {
        throw SealiftError(
          .configuration, "\(manifest.place): \(file.kind) \(file.name) is an object that this bundle has by itself",
          nextStep: "take it out, or give it another name")
      }
    }
  }
}
