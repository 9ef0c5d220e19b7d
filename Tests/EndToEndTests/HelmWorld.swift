import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// A repository of charts behind a real `nginx`, a real registry with the images that they need, and a directory to
/// work in.
final class HelmWorld {
  static let isPossible = RegistryServer.program != nil && NginxServer.isInstalled
  static let reason = "docker-registry or nginx is not installed"

  let directory: TemporaryDirectory
  let registry: RegistryServer
  let repository: NginxServer
  /// The images in the registry, without it.
  static let images = ["team/app:1.0", "team/app:9.1", "team/side:2.0", "team/cron:3.0", "team/agent:4.0"]

  init() throws {
    directory = try TemporaryDirectory()
    registry = try RegistryServer()
    let layout = try LayoutFixture(directory("layout"))
    let storage = RegistryStorage(registry)
    for (number, name) in Self.images.enumerated() {
      let image = try layout.image([layout.layer(seed: UInt64(number), size: 1000)], name: name)
      let parts = name.split(separator: ":").map(String.init)
      try storage.add(image, from: layout, to: parts[0], tag: parts[1])
    }
    try FileSystem.makeDirectory(directory("repo"))
    try FileSystem.makeDirectory(directory("bin"))
    repository = try NginxServer(
      before: "127.0.0.1:1", settings: "location ^~ /repo/ { alias \(directory("repo"))/; }")
  }

  var url: String { "http://\(repository.address)/repo" }
  var bundle: String { directory("bundle.tar.zst") }

  /// Packages a chart as `helm package` does; `REG` stands for the registry.
  ///
  /// - Returns: The path of the archive.
  @discardableResult
  func chart(_ name: String, _ version: String, at path: String? = nil, _ files: [String: String]) throws -> String {
    let root = directory("made/\(name)-\(version)-\(files.count)")
    var files = files
    let head = "apiVersion: v2\nname: \(name)\nversion: \(version)\nappVersion: \"9.1\"\n"
    files["Chart.yaml"] = head + (files["Chart.yaml"] ?? "")
    for (path, text) in files {
      let file = "\(root)/\(name)/\(path)"
      try FileSystem.makeDirectory(FileSystem.parent(of: file))
      try FileSystem.write(Array(text.replacing("REG", with: registry.address).utf8), to: file)
    }
    let archive = path ?? directory("repo/\(name)-\(version).tgz")
    let made = try runTool("tar", ["-C", root, "-czf", archive, name])
    try #require(made.status == 0, "\(made.errors)")
    return archive
  }

  /// Writes the index of the repository.
  func index(_ entries: String) throws {
    try FileSystem.write(Array("apiVersion: v1\nentries:\n\(entries)\n".utf8), to: directory("repo/index.yaml"))
  }

  /// The digest of a file of the repository, as an index has it.
  func digest(_ path: String) throws -> String {
    SHA256Hasher.digest(of: try FileSystem.read(path, limit: 1 << 26)).hex
  }

  /// Puts a program `helm` on the `PATH` that prints `output`, and keeps what it was given.
  func installHelm(printing output: String, status: Int = 0, version: String = "v3.99.0") throws {
    let text = output.replacing("REG", with: registry.address)
    try FileSystem.write(Array(text.utf8), to: directory("rendered"))
    try writeScript(
      """
      #!/bin/sh
      case $1 in
        version) printf %s '\(version)' ;;
        template)
          echo "$2" >> '\(directory("releases"))'
          cp "$3" '\(directory("given.tgz"))'
          cat '\(directory("rendered"))'
          [ \(status) = 0 ] || echo 'Error: values are missing' >&2
          exit \(status) ;;
      esac
      """, to: directory("bin/helm"))
  }

  /// The environment in which that program is found.
  var withHelm: [String: String] { ["PATH": "\(directory("bin")):/usr/sbin:/usr/bin:/sbin:/bin"] }

  /// The arguments that pack what is asked for under `mirror.helm`; `URL` stands for the repository.
  func pack(_ helm: String, also more: String = "", _ options: String...) throws -> [String] {
    let lines = helm.replacing("URL", with: url).replacing("REG", with: registry.address)
    let text =
      "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\nmirror:\n  helm: \(lines)\n\(more)\n"
    try FileSystem.write(Array(text.utf8), to: directory("isc.yaml"))
    return [
      "pack", "-c", directory("isc.yaml"), "--unsigned", "--src-tls-verify=false", "--retries", "0", "-o", bundle,
    ] + options
  }

  /// What `pack` says, and every image of the bundle: its destinations and its reasons.
  func packed(
    _ helm: String, also more: String = "", environment: [String: String] = [:]
  ) throws -> (report: JSONValue, images: [String]) {
    let output = try Program.succeed(pack(helm, also: more, "--json"), environment: environment).output
    let report = try JSONReader.value(Array(output.utf8), source: "the report")
    let images = (report["images"]?.elements ?? []).map { image in
      let places = image["destinations"]?.elements?.compactMap(\.text) ?? []
      return "\(places.joined(separator: " ")) = \(image["reason"]?.text ?? "?")"
    }
    return (report, images.sorted())
  }

  /// The notes of a report.
  static func notes(_ report: JSONValue) -> [String] { report["notes"]?.elements?.compactMap(\.text) ?? [] }

  /// The arguments that unpack the bundle.
  func unpack(to target: RegistryServer, _ more: String...) -> [String] {
    ["unpack", bundle, target.address, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0"] + more
  }
}
