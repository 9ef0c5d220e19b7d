public import Diagnostics
internal import JSON
public import Versions

/// What a release says of itself.
///
/// Source: the file `release-manifests/release-metadata` of a payload, kind cincinnati-metadata-v0.
public struct PayloadMetadata: Sendable {
  /// The place in a payload.
  public static let path = "release-manifests/release-metadata"
  /// The greatest size in bytes; a real one has some KiB.
  public static let maximumBytes = 1 << 20

  /// The version.
  public let version: SemanticVersion
  /// The architecture that it names; most payloads of one architecture name none.
  public let architecture: ReleaseArchitecture?

  private static let architectureName = "release.openshift.io/architecture"

  /// Reads the file.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - release: What the release is called in messages.
  /// - Throws: `protocol` for anything of another kind, and for an architecture that OpenShift has not.
  public init(_ bytes: [UInt8], release: String) throws(SealiftError) {
    func error(_ problem: String) -> SealiftError {
      SealiftError(
        .protocol, "release \(release) has a release-metadata \(problem)",
        nextStep: "check that it is a release payload, and whole")
    }
    guard bytes.count <= Self.maximumBytes else { throw error("that is larger than \(Self.maximumBytes.asBytes)") }
    let document = try JSONReader.value(bytes, source: "release-metadata of release \(release)")
    guard let kind = document["kind"]?.text, kind == "cincinnati-metadata-v0" else {
      throw error("that is not of the kind cincinnati-metadata-v0")
    }
    guard let version = document["version"]?.text.flatMap({ SemanticVersion($0) }) else {
      throw error("without a semantic version")
    }
    self.version = version
    guard let name = document["metadata"]?[Self.architectureName]?.text else {
      architecture = nil
      return
    }
    guard let named = ReleaseArchitecture(rawValue: name) else {
      throw error("that names the unknown architecture '\(name)'")
    }
    architecture = named
  }
}
