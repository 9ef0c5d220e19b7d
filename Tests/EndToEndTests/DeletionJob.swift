import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// A source with images that share what they can, a target that can delete, and a directory to work in.
final class DeletionJob {
  let directory: TemporaryDirectory
  let layout: LayoutFixture
  let source: RegistryServer
  let target: RegistryServer
  let key: SigningKey

  init(allowsDelete: Bool = true) throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    source = try RegistryServer()
    var options = RegistryServer.Options()
    options.allowsDelete = allowsDelete
    target = try RegistryServer(options)
    key = try SigningKey(.ed25519, in: directory, name: "signer")
  }

  /// Puts an image into the source.
  func add(_ image: Descriptor, _ name: String) throws {
    let parts = name.split(separator: ":").map(String.init)
    try RegistryStorage(source).add(image, from: layout, to: parts[0], tag: parts[1])
  }

  /// Adds a signature, an OCI referrer, and the list that names it.
  func sign(_ image: Descriptor, in repository: String, seed: UInt64) throws {
    let signature = try layout.image([layout.layer(seed: seed, size: 300)])
    try add(signature, "\(repository):\(image.digest.tag).sig")
    let referrer = try layout.image([layout.layer(seed: seed + 1, size: 400)], subject: image)
    try add(layout.index([referrer]), "\(repository):\(image.digest.tag)")
  }

  func bundle(_ name: String) -> String { directory("\(name).tar.zst") }
  func receipt(_ name: String) -> String { directory("\(name).json") }
  var list: String { directory("list.yaml") }

  /// Packs images of the source and unpacks them into the target, under a prefix.
  ///
  /// - Parameter others: The full names of images of other registries.
  func bring(_ name: String, _ images: [String], _ more: String..., alsoPacking others: String...) throws {
    let references = (images.map { "\(source.address)/\($0)" } + others).flatMap { ["--image", $0] }
    try Program.succeed(
      ["pack", "--key", key.privatePath, "--src-tls-verify=false", "-o", bundle(name)] + references)
    try Program.succeed(
      [
        "unpack", bundle(name), "\(target.address)/mirror", "--trust", key.publicPath, "--dest-tls-verify=false",
        "--receipt", receipt(name),
      ] + more)
  }

  /// The arguments that write a list of what of bundles is to go.
  ///
  /// - Parameter delete: Lines of the stanza `delete`.
  func generate(_ delete: String, of names: [String], keeping kept: [String]) throws -> [String] {
    let lines = delete.split(separator: "\n").map { "  \($0)\n" }.joined()
    let text = "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\ndelete:\n\(lines)"
    try File(directory("delete.yaml"), .replace).write(Array(text.utf8))
    return ["delete", "--generate", list, "-c", directory("delete.yaml"), "--trust", key.publicPath]
      + names.flatMap { ["--bundle", bundle($0)] } + keeping(kept) + ["\(target.address)/mirror"]
  }

  /// The same for images of the source.
  func generate(images: [String], of names: [String], keeping kept: [String]) throws -> [String] {
    let lines = images.map { "- name: \(source.address)/\($0)\n" }.joined()
    return try generate("additionalImages:\n\(lines)", of: names, keeping: kept)
  }

  /// The arguments that delete what the list says.
  func execute(keeping kept: [String], _ more: String...) -> [String] {
    ["delete", "--execute", list, "--dest-tls-verify=false", "--retries", "0", "--json"] + keeping(kept) + more
      + ["\(target.address)/mirror"]
  }

  private func keeping(_ kept: [String]) -> [String] {
    kept.isEmpty ? ["--no-keep"] : kept.flatMap { ["--keep", $0] }
  }

  /// What an execution says it did.
  func executed(keeping kept: [String], _ more: String...) throws -> JSONValue {
    let result = try Program.succeed(execute(keeping: kept) + more)
    return try JSONReader.value(Array(result.output.utf8), source: "the result")
  }

  /// The list as it was written.
  func listText() throws -> String { String(decoding: try FileSystem.read(list, limit: 1 << 20), as: UTF8.self) }

  /// Pulls an image of the target as another program does it, which proves every layer.
  func pull(_ name: String, _ location: SourceLocation = #_sourceLocation) throws {
    let place = try TemporaryDirectory()
    let result = try runTool(
      "skopeo",
      [
        "copy", "--all", "--src-tls-verify=false", "docker://\(target.address)/mirror/\(name)", "dir:\(place("image"))",
      ])
    #expect(result.status == 0, "\(name): \(result.errors)", sourceLocation: location)
  }

  /// What a receipt lists and the target does not have.
  func missing(_ receipt: String) throws -> [String] {
    let document = try JSONReader.value(FileSystem.read(receipt, limit: 64 << 20), source: "the receipt")
    let storage = RegistryStorage(target)
    var missing: [String] = []
    for content in (document["manifests"]?.elements ?? []) + (document["blobs"]?.elements ?? []) {
      let digest = try Digest(content["digest"]?.text ?? "")
      if !FileSystem.exists(storage.path(of: digest)) { missing.append("\(digest)") }
    }
    for content in document["manifests"]?.elements ?? [] {
      let digest = try Digest(content["digest"]?.text ?? "")
      let repository = content["repository"]?.text ?? ""
      if !storage.hasManifest(digest, in: repository) { missing.append("\(repository)@\(digest)") }
    }
    for tag in document["tags"]?.elements ?? [] {
      let name = (tag["name"]?.text ?? "").split(separator: ":").map(String.init)
      if storage.digest(of: name[1], in: name[0])?.description != tag["digest"]?.text { missing.append("\(name)") }
    }
    return missing
  }
}
