internal import ClusterManifests
internal import Diagnostics
internal import Digests
internal import SystemIO

/// A directory of manifests as it is before a run writes into it.
///
/// `oc apply -R` takes every file in it, so nothing but what is known to be this program's own may be there.
struct OwnDirectory: Sendable {
  let path: String
  /// What an earlier run has left, if one has.
  let marker: ClusterManifestMarker?

  // More are no directory of manifests, and nobody waits for a walk through a whole disk.
  private static let maximumFiles = 20_000
  static let maximumBytes = 64 << 20
  private static let shown = 5

  /// Looks at a directory, which need not be there.
  ///
  /// - Parameter names: The files that are to be written.
  /// - Throws: `usage` if it holds files that are not this program's own, and that `apply -R` would take or this run
  ///   would write over.
  init(_ path: String, for names: [String]) throws(SealiftError) {
    self.path = path
    guard FileSystem.isDirectory(path) else {
      marker = nil
      return
    }
    marker = try ClusterManifestMarker(of: path)
    let written = Set(names)
    var foreign: [String] = []
    let found = try FileSystem.contents(ofTree: path, limit: Self.maximumFiles)
    guard found.count <= Self.maximumFiles else {
      throw SealiftError(
        .usage, "\(path) holds more than \(Self.maximumFiles) files",
        nextStep: "name another directory with --manifests")
    }
    for name in found where ClusterManifest.isApplied(name) || written.contains(name) {
      if try !isOwn(name) { foreign.append(name) }
    }
    guard let first = foreign.first else { return }
    let more = foreign.count > Self.shown ? ", and \(foreign.count - Self.shown) more" : ""
    let list = foreign.prefix(Self.shown).joined(separator: ", ") + more
    throw SealiftError(
      .usage,
      marker?.files[first] == nil
        ? "\(path) holds files that are not sealift's own, and that `oc apply -R` takes or this run would write over: "
          + list
        : "files in \(path) were changed since sealift wrote them: \(list)",
      nextStep: "move \(foreign.count > 1 ? "them" : "it") to another directory, or name another one with --manifests")
  }

  /// Whether a file is as a run of this program has left it, but for the end of its name, with which it was switched off.
  private func isOwn(_ name: String) throws(SealiftError) -> Bool {
    guard let digests = marker?.files[name] ?? marker?.files[name + OptionalObject.suffix],
      try FileSystem.kind(of: "\(path)/\(name)") == .file
    else { return false }
    return digests.contains(SHA256Hasher.digest(of: try FileSystem.read("\(path)/\(name)", limit: Self.maximumBytes)))
  }

  /// The files that are this program's own and that a run does not write anew.
  func stale(_ names: [String]) -> [String] {
    Set(marker?.files.keys.map(\.self) ?? []).subtracting(names).filter { FileSystem.exists("\(path)/\($0)") }.sorted()
  }
}
