import Diagnostics
import Digests
import JSON
import SystemIO
import TestSupport

/// Sample releases in a real registry, and a server with their graphs, signatures and graph data.
///
/// Source: `scripts/sample-releases` says what there is.
final class ReleaseWorld: Sendable {
  /// One release of the world.
  struct Release {
    let version: String
    /// As the update graph names it.
    let architecture: String
    let digest: Digest
    /// The version and the machine, such as `4.16.0-x86_64`.
    let tag: String
    let components: [String: Digest]
    let bootImages: [Digest]
  }

  private static let held = SharedFixture { try ReleaseWorld() }

  /// The one that all tests of this process share; nothing changes it.
  static func shared() throws -> ReleaseWorld { try held.get() }

  /// Whether all that it takes is installed.
  static let isPossible =
    RegistryServer.program != nil && ["gpg", "gpgv", "python3"].allSatisfy { RunningProcess.find($0) != nil }
  /// Why tests that need it are skipped.
  static let reason = "docker-registry, gpg, gpgv or python3 is not installed"

  let registry: RegistryServer
  /// The `127.0.0.1:port` of the server of everything that is no image.
  let address: String
  /// The publisher's public key, armored.
  let releaseKey: String
  /// Another public key, armored.
  let otherKey: String
  /// The fingerprint of the publisher's key.
  let fingerprint: String
  let releases: [Release]
  private let directory: TemporaryDirectory
  private let server: RunningProcess

  private init() throws {
    directory = try TemporaryDirectory()
    registry = try RegistryServer()
    let folder = directory("world")
    server = try RunningProcess(
      "python3", [Repository.path("scripts/lib/release_server.py"), folder], log: directory("log"))
    address = try server.wait { log in
      log.firstMatch(of: /listening on (127\.0\.0\.1:[0-9]+)\n/).map { String($0.1) }
    }
    let made = try runTool(
      Repository.path("scripts/sample-releases"),
      [
        folder, "--registry", registry.address, "--store", "http://\(address)/signatures", "--components", "6",
        "--size", "2M",
      ])
    guard made.status == 0 else {
      throw SealiftError(.internal, "there are no sample releases: \(made.errors)", nextStep: "read that")
    }
    releaseKey = "\(folder)/release-key.asc"
    otherKey = "\(folder)/other-key.asc"
    let summary = try JSONReader.value(FileSystem.read("\(folder)/world.json", limit: 1 << 20), source: "the world")
    fingerprint = summary["fingerprint"]?.text ?? ""
    releases = try (summary["releases"]?.elements ?? []).map(Release.init)
  }

  /// A release by its version.
  func release(_ version: String, _ architecture: String = "amd64") throws -> Release {
    guard let found = releases.first(where: { $0.version == version && $0.architecture == architecture }) else {
      throw SealiftError(.notFound, "the world has no \(version) \(architecture)", nextStep: "name another")
    }
    return found
  }

  /// Where update graphs are asked for.
  ///
  /// - Parameter fault: How the server fails, if it does; `scripts/lib/release_server.py` lists the ways.
  func graph(_ fault: String? = nil) -> String { url("graph", fault) }

  /// Where signatures are.
  func signatures(_ fault: String? = nil) -> String { url("signatures", fault) }

  /// Where the graph data is.
  func graphData(_ fault: String? = nil) -> String { url("graph-data", fault) }

  /// The path of a file that the server serves.
  func path(_ name: String) -> String { directory("world/\(name)") }

  /// What was asked of the server of everything that is no image: paths with queries, in order.
  var requests: [String] { server.output.matches(of: /\nGET (.*)/).map { String($0.1) } }

  private func url(_ path: String, _ fault: String?) -> String {
    "http://\(address)/\(fault.map { "fault/\($0)/" } ?? "")\(path)"
  }
}

extension ReleaseWorld.Release {
  fileprivate init(_ value: JSONValue) throws {
    func digest(_ value: JSONValue?) throws -> Digest { try Digest(value?.text ?? "") }
    self.init(
      version: value["version"]?.text ?? "", architecture: value["architecture"]?.text ?? "",
      digest: try digest(value["digest"]), tag: value["tag"]?.text ?? "",
      components: try Dictionary(
        uniqueKeysWithValues: (value["components"]?.members ?? []).map { ($0.name, try digest($0.value)) }),
      bootImages: try (value["bootImages"]?.elements ?? []).map(digest))
  }
}
