internal import ClusterManifests
internal import Diagnostics
internal import SystemIO

/// The release signatures in a directory of `oc`, `DIR/config/signature-sha256-<16 hex>.json`.
///
/// `oc apply -f DIR/config` gives them to a cluster. Files of other releases stay.
enum SignatureFiles {
  /// Writes one file for each release that has signatures.
  ///
  /// - Parameter directory: Where the images are.
  static func write(_ releases: [CarriedRelease], to directory: String) throws(SealiftError) {
    let files = releases.compactMap(\.signatureFile)
    guard !files.isEmpty else { return }
    let config = "\(directory)/config"
    if let kind = try FileSystem.kind(of: config), kind != .directory {
      throw SealiftError(
        .corrupt, "\(config) is not a directory, and release signatures belong there",
        nextStep: "move it away and run the same command again")
    }
    // Modes as `oc` has them.
    try FileSystem.makeDirectory(config, permissions: 0o750)
    FileSystem.removeLeftovers(in: config)
    for file in files { try FileSystem.write(file.bytes, to: "\(config)/\(file.name)", permissions: 0o640) }
  }
}
