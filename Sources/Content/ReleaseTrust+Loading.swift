public import Diagnostics
public import Release
internal import SystemIO

extension ReleaseTrust {
  /// Whose signatures count: those by Red Hat's release key, or by the keys that the user names in its place.
  ///
  /// - Parameters:
  ///   - files: The values of `--release-key`.
  ///   - environment: `OCP_SIGNATURE_VERIFICATION_PK` of it counts where there are none.
  public static func loaded(files: [String], environment: [String: String]) throws(SealiftError) -> ReleaseTrust {
    let variable = environment["OCP_SIGNATURE_VERIFICATION_PK"].flatMap { $0.isEmpty ? nil : [$0] } ?? []
    let paths = files.isEmpty ? variable : files
    if paths.isEmpty { return .standard }
    var keys: [ReleaseKey] = []
    for path in paths {
      keys += try ReleaseKey.read(try FileSystem.readText(path, limit: ReleaseKey.maximumFileBytes), name: path)
    }
    return .keys(keys)
  }
}
