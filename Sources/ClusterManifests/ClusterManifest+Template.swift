public import Diagnostics
internal import YAML

extension ClusterManifest {
  /// Reads a template of a bundle, and proves that it can be filled in for any target.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - path: Its path in a directory of manifests, which its kind, namespace and name must give.
  ///   - isForeign: Whether it is an object that the packer has not made.
  /// - Throws: `corrupt` unless it is one object of that path, no larger than `apply` takes, with the placeholder only
  ///   where it can be filled in.
  ///
  /// Source: `formats/bundle-v1.md`, "Templates".
  public init(template bytes: [UInt8], path: String, isForeign: Bool) throws(SealiftError) {
    let source = "the template \(path)"
    do { try self.init(bytes, source: source, isForeign: isForeign) } catch { throw Self.damaged(error.problem) }
    guard self.path == path else { throw Self.damaged("\(source) holds the object \(self.path)") }
    guard split().allSatisfy({ $0.bytes.count <= Self.maximumBytes }) else {
      throw Self.damaged("\(source) has more than \(Self.maximumBytes) bytes, and `apply` takes no more")
    }
    guard try Placeholder.fill(self, for: Self.anyTarget).path == path else {
      throw Self.damaged("\(source) has the placeholder \(Placeholder.host) for a name")
    }
  }

  /// What the parts have in common into which a mirror set is cut: `KIND/STEM-`, if its name is one of a part.
  var seriesOfParts: String? {
    guard MirrorKind(rawValue: kind) != nil, let dash = name.lastIndex(of: "-") else { return nil }
    return Int(name[name.index(after: dash)...]) == nil ? nil : "\(kind)/\(name[...dash])"
  }

  private static let anyTarget = MirrorTarget(registry: "registry.example.com") { $0 }

  fileprivate static func damaged(_ problem: String) -> SealiftError {
    SealiftError(.corrupt, problem, nextStep: "get a fresh copy of the bundle, or pack it again")
  }
}

/// Proves that the templates of a bundle can lie in one directory.
public struct TemplateProver: Sendable {
  private var paths: Set<String> = []
  private var sets: Set<String> = []
  private var parts: [String: String] = [:]

  /// None yet.
  public init() {}

  /// Takes a template; see `ClusterManifest`.
  ///
  /// - Throws: `corrupt`, also if another one has its path, as far as a file system goes that does not tell capitals.
  public mutating func take(_ bytes: [UInt8], path: String, isForeign: Bool) throws(SealiftError) {
    let file = try ClusterManifest(template: bytes, path: path, isForeign: isForeign)
    guard paths.insert(path.lowercased()).inserted else {
      throw ClusterManifest.damaged("two templates have the path \(path), but for capitals")
    }
    guard let series = file.seriesOfParts else { return }
    if !file.name.hasSuffix("-0") { parts[series] = path } else if !isForeign { sets.insert(series) }
  }

  /// Ends the proof, when all were taken.
  ///
  /// - Throws: `corrupt` if one has the name of a part into which a mirror set may be cut.
  public func finish() throws(SealiftError) {
    for (series, path) in parts where sets.contains(series) {
      throw ClusterManifest.damaged("the template \(path) has the name of a part of \(series)0")
    }
  }
}
