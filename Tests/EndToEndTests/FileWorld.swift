import Digests
import JSON
import SystemIO
import TestSupport
import Testing

/// Files on a real web server with TLS and on this machine, a key, and a directory to work in.
final class FileWorld {
  let directory: TemporaryDirectory
  let key: SigningKey
  let certificates: TestCertificates
  let server: NginxServer

  /// Content that does not compress, on the server.
  let client = LayoutFixture.noise(seed: 1, size: 2_500_000)
  /// A disk image that is mostly empty, on this machine.
  let disk = [UInt8](repeating: 0, count: 3_000_000) + LayoutFixture.noise(seed: 2, size: 1000)
  let text = Array("plain\n".utf8)

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ed25519, in: directory, name: "signer")
    certificates = try TestCertificates.shared()
    try FileSystem.makeDirectory(directory("www"))
    // A server without any file of its own stands behind it.
    server = try NginxServer(
      before: "127.0.0.1:1", tls: certificates.server,
      settings: "location /pub/ { alias \(directory.path)/www/; } location = /old { return 302 /pub/client.tar.gz; }")
    try FileSystem.write(client, to: directory("www/client.tar.gz"))
    try FileSystem.write(disk, to: directory("disk.raw"))
    try FileSystem.write(text, to: directory("a.txt"))
    try FileSystem.write(text, to: directory("b.txt"))
    try FileSystem.write([], to: directory("empty.bin"))
  }

  /// What all of it is under its names.
  var contents: [String: [UInt8]] {
    ["a.txt": text, "b.txt": text, "client.tar.gz": client, "disk.raw": disk, "empty.bin": [], "old.tar.gz": client]
  }

  /// The entries of a configuration that ask for all of it.
  var entries: [String] {
    [
      "{url: 'https://\(server.address)/pub/client.tar.gz', sha256: \(Self.hex(client))}",
      "{url: 'https://\(server.address)/old', name: old.tar.gz, sha256: \(Self.hex(client)), size: \(client.count)}",
      "{path: \(path("disk.raw"))}", "{path: \(path("a.txt")), profiles: [hub]}",
      "{path: \(path("b.txt")), sha256: \(Self.hex(text)), profiles: [edge, hub]}", "{path: \(path("empty.bin"))}",
    ]
  }

  /// The arguments that pack files.
  ///
  /// - Parameter entries: Those of `mirror.files`; all of the world's if there are none.
  func pack(_ output: String = "a.tar.zst", _ entries: [String] = [], _ more: String...) throws -> [String] {
    let chosen = entries.isEmpty ? self.entries : entries
    let configuration = """
      apiVersion: mirror.openshift.io/v2alpha1
      kind: ImageSetConfiguration
      mirror:
        files:
        \(chosen.map { "- \($0)" }.joined(separator: "\n  "))

      """
    try FileSystem.write(Array(configuration.utf8), to: path("isc.yaml"))
    return [
      "pack", "-c", path("isc.yaml"), "--key", key.privatePath, "--src-ca", certificates.ca, "--retries", "0", "-o",
      path(output),
    ] + more
  }

  /// The arguments that unpack the files of a bundle.
  func unpack(_ bundle: String = "a.tar.zst", to name: String = "files", _ more: String...) -> [String] {
    ["unpack", path(bundle), "--files", path(name), "--trust", key.publicPath] + more
  }

  /// The path of a name in the working directory; `-` stays what it is.
  func path(_ name: String) -> String { name == "-" ? name : directory(name) }

  /// The bytes of a file in the working directory.
  func bytes(_ name: String) throws -> [UInt8] { try FileSystem.read(path(name), limit: 1 << 30) }

  /// All files of a directory, with their content.
  func contents(of name: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for entry in try FileSystem.list(path(name)) { found[entry] = try bytes("\(name)/\(entry)") }
    return found
  }

  static func hex(_ bytes: [UInt8]) -> String { SHA256Hasher.digest(of: bytes).hex }
}

/// How the files in a receipt or in the output of `unpack` ended, by name.
func fileOutcomes(_ document: JSONValue) -> [String: String] {
  var outcomes: [String: String] = [:]
  for file in document["carriedFiles"]?["files"]?.elements ?? [] {
    outcomes[file["name"]?.text ?? ""] = file["outcome"]?.text
  }
  return outcomes
}
