import Diagnostics
import Digests
import Glibc
import JSON
import SystemIO
import TestSupport
import Testing

/// What the journeys fetch, under its public names, and servers on this machine that stand for those names.
///
/// Source: `scripts/sample-journeys` says what there is.
final class JourneyWorld: Sendable {
  private static let held = SharedFixture { try JourneyWorld() }

  /// The one that all journeys of this process share. Each has a prefix of its own at the targets.
  static func shared() throws -> JourneyWorld { try held.get() }

  /// Whether all that it takes is installed.
  static let isPossible =
    ["docker-registry", "htpasswd", "openssl", "gpgv", "skopeo", "kubectl", "zstd"].allSatisfy {
      RunningProcess.find($0) != nil
    } && (try? runTool("python3", ["-c", "import yaml"]).status) == 0
  /// Why tests that need it are skipped.
  static let reason = "docker-registry, htpasswd, openssl, gpgv, skopeo, kubectl, zstd or python3 with yaml is missing"

  /// The `NAME=VALUE` of the environment in which the journeys find the world.
  let environment: [String]
  private let directory: TemporaryDirectory
  private let servers: RunningProcess
  private let summary: JSONValue

  private init() throws {
    directory = try TemporaryDirectory()
    let folder = directory("world")
    servers = try RunningProcess(
      "python3",
      [Repository.path("scripts/sample-journeys"), folder] + (Corpus.directory.map { ["--corpus", $0] } ?? []),
      log: directory("log"))
    try servers.wait { $0.contains("ready\n") ? () : nil }
    // The program must be there under its own name.
    try FileSystem.makeDirectory(directory("bin"))
    guard symlink(Program.path, directory("bin/sealift")) == 0 else { throw SealiftError.system("cannot make a link") }
    let path = RunningProcess.environment("PATH") ?? "/usr/bin:/bin"
    let lines = try FileSystem.read("\(folder)/environment", limit: 1 << 16)
    environment =
      String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
      + ["PATH=\(directory("bin")):\(path)", "HOME=\(directory.path)"] + Program.epoch.map { "\($0)=\($1)" }
    summary = try JSONReader.value(FileSystem.read("\(folder)/world.json", limit: 1 << 20), source: "the world")
  }

  /// The path of a file of the world.
  func path(_ name: String) -> String { directory("world/\(name)") }

  /// What was asked for, and is none of the world's names.
  var refused: [String] { servers.output.matches(of: /refused (.*)\n/).map { String($0.1) } }

  /// What a target keeps.
  ///
  /// - Parameter registry: The first word of its name, or `plain` for the one without TLS.
  func storage(_ registry: String = "registry") -> RegistryStorage {
    RegistryStorage(path("registries/\(registry)/storage"))
  }

  /// The `repository:tag digest` below a prefix of a target, sorted; without the prefix.
  func tags(below prefix: String, at registry: String = "registry") throws -> [String] {
    let receipts = "\(prefix)/sealift/receipts:"
    return try storage(registry).allTags().filter { $0.hasPrefix("\(prefix)/") && !$0.hasPrefix(receipts) }.map {
      String($0.dropFirst(prefix.count + 1))
    }
  }

  /// The `repository:tag digest` of a release at any target, sorted.
  func tags(ofRelease version: String) throws -> [String] {
    let release = try #require(summary["releases"]?.elements?.first { $0["version"]?.text == version })
    let components = (release["components"]?.members ?? []).map {
      "openshift/release:\(version)-x86_64-\($0.name) \($0.value.text ?? "")"
    }
    return (components + ["openshift/release-images:\(version)-x86_64 \(try payload(version))"]).sorted()
  }

  /// The digest of a release's payload.
  func payload(_ version: String) throws -> Digest {
    let release = summary["releases"]?.elements?.first { $0["version"]?.text == version }
    return try Digest(release?["digest"]?.text ?? "")
  }

  /// The signature of a release, as its publisher serves it.
  func signature(_ version: String) throws -> [UInt8] {
    let store = "web/mirror.openshift.com/pub/openshift-v4/signatures/openshift/release"
    let digest = try payload(version).description.replacing(":", with: "=")
    return try FileSystem.read(path("\(store)/\(digest)/signature-1"), limit: 1 << 16)
  }

  /// The digest that skopeo finds under a public name, in the way of any client.
  func skopeo(_ reference: String) throws -> Digest {
    let result = try runTool(
      "skopeo",
      ["inspect", "--no-tags", "--cert-dir", certificates(), "--format", "{{.Digest}}", "docker://\(reference)"],
      environment: environment)
    try #require(result.status == 0, "\(reference): \(result.errors)")
    return try Digest(String(result.output.prefix { $0 != "\n" }))
  }

  /// Makes a directory of the files of an image, which is found under a public name.
  func unpack(_ reference: String, to folder: String) throws {
    let layout = try TemporaryDirectory()
    let result = try runTool(
      "skopeo",
      [
        "copy", "-q", "--insecure-policy", "--src-cert-dir", certificates(), "--override-os=linux",
        "--override-arch=amd64", "docker://\(reference)", "oci:\(layout("layout")):image",
      ], environment: environment)
    try #require(result.status == 0, "\(reference): \(result.errors)")
    try runOrFail("umoci", ["raw", "unpack", "--rootless", "--image", "\(layout("layout")):image", folder])
  }

  private func certificates() throws -> String {
    let place = directory("certificates")
    try FileSystem.makeDirectory(place)
    try FileSystem.write(FileSystem.read(path("certificates/ca.crt"), limit: 1 << 16), to: "\(place)/ca.crt")
    return place
  }
}
