import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// A configuration that asks for sample releases, a key, and a directory to work in.
final class ReleaseJob {
  let world: ReleaseWorld
  let directory: TemporaryDirectory
  let key: SigningKey

  init() throws {
    world = try ReleaseWorld.shared()
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
  }

  var bundle: String { directory("bundle.tar.zst") }

  /// Asks for versions of a channel.
  func configure(
    _ channel: String, _ versions: ClosedRange<String>? = nil, shortestPath: Bool = false, architectures: String...,
    also more: String = ""
  ) throws {
    let range = versions.map { ", minVersion: \($0.lowerBound), maxVersion: \($0.upperBound)" } ?? ""
    let architectures = architectures.isEmpty ? "" : "architectures: [\(architectures.joined(separator: ", "))]\n"
    try configure(
      platform: "channels: [{name: \(channel)\(range), shortestPath: \(shortestPath)}]\n\(architectures)\(more)")
  }

  /// Writes the configuration.
  ///
  /// - Parameter platform: Lines of the `platform` stanza.
  func configure(platform: String) throws {
    let lines = platform.split(separator: "\n").map { "    \($0)\n" }.joined()
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  platform:\n\(lines)"
    try File(directory("imageset-config.yaml"), .replace).write(Array(text.utf8))
  }

  /// The arguments that pack what is configured.
  ///
  /// - Parameter stores: The only stores that are asked for signatures; none leaves those that the payload names.
  func pack(
    graph: String? = nil, releaseKey: String? = nil, stores: [String]? = nil, retries: Int = 0,
    _ more: String...
  ) -> [String] {
    let stores = (stores ?? [world.signatures()]).flatMap { ["--signature-store", $0] }
    return [
      "pack", "-c", directory("imageset-config.yaml"), "--graph-url", graph ?? world.graph(),
      "--release-key", releaseKey ?? world.releaseKey, "--key", key.privatePath, "--src-tls-verify=false", "--retries",
      "\(retries)", "-o", bundle,
    ] + stores + more
  }

  /// The arguments that unpack the bundle.
  func unpack(to target: String, releaseKey: String? = nil, _ more: String...) -> [String] {
    [
      "unpack", bundle, target, "--trust", key.publicPath, "--release-key", releaseKey ?? world.releaseKey,
      "--dest-tls-verify=false", "--retries", "0",
    ] + more
  }

  /// The versions and architectures of the bundle's releases, as `4.16.0 amd64`.
  func packedReleases() throws -> [String] {
    try (inspected(bundle)["releases"]?.elements ?? []).map {
      "\($0["version"]?.text ?? "?") \($0["architecture"]?.text ?? "?")"
    }
  }

  /// What the versions are to be at the target, one `repository:tag digest` for each tag, sorted.
  func expectedTags(_ versions: [String], architecture: String = "amd64", bootImages: Bool = false) throws -> [String] {
    try versions.map { try world.release($0, architecture) }.flatMap { release in
      ["openshift/release-images:\(release.tag) \(release.digest)"]
        + release.components.map { "openshift/release:\(release.tag)-\($0.key) \($0.value)" }
        + (bootImages
          ? release.bootImages.map { "openshift/release:\(release.tag)-kube-virt-container \($0)" } : [])
    }.sorted()
  }
}
