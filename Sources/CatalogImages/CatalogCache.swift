internal import Content
internal import Layers
internal import OCI

/// The cache that an image of a catalog brings for the program that serves it: of other documents it is of no use.
///
/// Source: operator-registry, `cmd/opm/serve`: `--cache-dir`.
struct CatalogCache {
  /// The directory, as a path from the image's root.
  let path: String

  private static let option = "--cache-dir"
  /// The directories in which a cache may lie, with the permissions that all systems give them: a layer that hides
  /// something lists what is above it, and must not close `/tmp` to others.
  private static let parents: [String: UInt32] = [
    "tmp": 0o1777, "var": 0o755, "var/cache": 0o755, "var/lib": 0o755, "var/tmp": 0o1777, "opt": 0o755, "srv": 0o755,
    "home": 0o755,
  ]
  /// What a system itself has at its root.
  private static let system: Set<String> = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin",
    "srv", "sys", "tmp", "usr", "var",
  ]

  /// Looks for a cache among the arguments of an image.
  ///
  /// - Returns: `nil` if they name none, or one at a place where nothing can safely be hidden.
  init?(_ process: ImageConfig.Process) {
    let arguments = process.entrypoint + process.command
    guard let place = arguments.lastIndex(where: { $0 == Self.option || $0.hasPrefix("\(Self.option)=") }) else {
      return nil
    }
    let next = place + 1 < arguments.count ? arguments[place + 1] : ""
    let text = arguments[place] == Self.option ? next : String(arguments[place].dropFirst(Self.option.count + 1))
    let parts = text.split(separator: "/").filter { $0 != "." }
    guard text.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !parts.contains(where: { $0.hasPrefix(".wh.") })
    else { return nil }
    path = parts.joined(separator: "/")
    guard !Self.system.contains(path), Self.parents[path] == nil else { return nil }
    guard ancestors.allSatisfy({ Self.parents[$0] != nil }) else { return nil }
  }

  /// What hides it, and nothing else.
  var entries: [LayerEntry] {
    ancestors.map { LayerEntry($0, .directory, mode: Self.parents[$0]) } + [LayerEntry(path, .whiteout)]
  }

  private var ancestors: [String] {
    let parts = path.split(separator: "/")
    return parts.indices.dropFirst().map { parts[..<$0].joined(separator: "/") }
  }
}
