import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Layouts that stand for what is packed month by month, a key, and a directory to work in.
final class SinceWorld {
  let directory: TemporaryDirectory
  let key: SigningKey
  /// The sizes of the layers, by their seeds.
  private static let sizes: [UInt64: Int] = [1: 300_000, 2: 200_000, 3: 100_000, 4: 210_000, 5: 77_000, 9: 50_000]

  init() throws {
    directory = try TemporaryDirectory()
    key = try SigningKey(.ecdsa, in: directory, name: "signer")
    try layout("m1", ["app:1": [1, 2], "db:1": [1, 3], "old:1": [9]])
    try layout("m2", ["app:2": [1, 4], "db:1": [1, 3]])
    try layout("m3", ["app:3": [1, 4, 5], "db:1": [1, 3]])
    try layout("other", ["else:1": [5]])
  }

  func path(_ name: String) -> String { directory(name) }

  /// A layout with images of some layers.
  private func layout(_ name: String, _ images: KeyValuePairs<String, [UInt64]>) throws {
    let layout = try LayoutFixture(directory(name))
    for (image, seeds) in images {
      try layout.image(seeds.map { try layout.layer(seed: $0, size: Self.sizes[$0] ?? 0) }, name: image)
    }
  }

  static func layer(_ seed: UInt64) -> (digest: String, size: Int) {
    let bytes = LayoutFixture.noise(seed: seed, size: sizes[seed] ?? 0)
    return (SHA256Hasher.digest(of: bytes).description, bytes.count)
  }

  /// The arguments that pack a month.
  func pack(_ month: String, to output: String, since bases: [String] = [], _ more: String...) -> [String] {
    ["pack", "--image", "oci:\(path(month))", "--key", key.privatePath, "-o", path(output)]
      + bases.flatMap { ["--since", path($0)] } + more
  }

  /// Packs a month.
  @discardableResult
  func packed(_ month: String, to output: String, since bases: [String] = [], _ more: String...) throws -> JSONValue {
    let result = try Program.succeed(pack(month, to: output, since: bases) + more + ["--json"])
    return try JSONReader.value(Array(result.output.utf8), source: "the output of pack")
  }

  /// What a bundle's index says.
  func index(_ bundle: String) throws -> JSONValue {
    try JSONReader.value(
      Array(runOrFail("tar", ["--zstd", "-xOf", path(bundle), "bundle.json"]).utf8), source: "bundle.json")
  }

  /// The blobs of an index with an encoding: digest, and each place as `BASE REPOSITORY`.
  func blobs(_ index: JSONValue, _ encoding: String) -> [String: [String]] {
    let places = (index["bases"]?.elements ?? []).flatMap { base in
      (base["repositories"]?.elements ?? []).map { "\(base["name"]?.text ?? "") \($0.text ?? "")" }
    }
    let blobs = (index["blobs"]?.elements ?? []).filter { $0["encoding"]?.text == encoding }
    return Dictionary(
      uniqueKeysWithValues: blobs.map { blob in
        (blob["digest"]?.text ?? "", (blob["places"]?.elements ?? []).compactMap { $0.integer.map { places[$0] } })
      })
  }

  /// Saves the head of a bundle beside it.
  ///
  /// - Returns: Its size.
  func savedHead(of bundle: String) throws -> Int {
    try Program.succeed(["inspect", path(bundle), "--save-head", path(bundle + ".head")])
    return try size(of: bundle + ".head")
  }

  func size(of name: String) throws -> Int { try File(path(name), .read).size() }

  /// A receipt as `unpack --receipt` writes it, of what a bundle has brought to a target.
  ///
  /// - Parameters:
  ///   - seeds: The layers that are there, by repository.
  func receipt(
    _ name: String, target: String, prefix: String, _ seeds: [(String, [UInt64])], bundle: String = "a",
    failure: String = "null"
  ) throws {
    let blobs = seeds.flatMap { repository, seeds in
      seeds.map { seed in
        let layer = Self.layer(seed)
        return
          #"{"digest":"\#(layer.digest)","mediaType":"a","outcome":"moved","repository":"\#(prefix)\#(repository)","#
          + #""size":\#(layer.size)}"#
      }
    }
    let id = SHA256Hasher.digest(of: Array(bundle.utf8))
    let text =
      #"{"apiVersion":"sealift/receipt/v1","blobs":[\#(blobs.joined(separator: ","))],"bundle":"\#(id)","#
      + #""bundleName":"\#(bundle).tar.zst","clusterManifests":null,"created":"2023-10-01T00:00:00Z","#
      + #""failure":\#(failure),"manifests":[{"digest":"\#(id)","repository":"\#(prefix)a"}],"refused":[],"#
      + #""releases":[],"signers":["a"],"tags":[],"target":"\#(target)"}"#
    try File(path(name), .replace).write(Array((text + "\n").utf8))
  }

  /// Signs a receipt as `unpack --receipt-key` does.
  func sign(_ receipt: String) throws {
    let line = try FileSystem.read(path(receipt), limit: 1 << 20).dropLast()
    try File(path("line"), .replace).write(Array(line))
    try runOrFail("openssl", ["dgst", "-sha256", "-sign", key.privatePath, "-out", path("sig"), path("line")])
    try runOrFail("openssl", ["pkey", "-pubin", "-in", key.publicPath, "-outform", "DER", "-out", path("der")])
    let id = SHA256Hasher.digest(of: try FileSystem.read(path("der"), limit: 1 << 20)).hex
    let signature = Base64.encode(try FileSystem.read(path("sig"), limit: 1 << 20))
    let second = #"{"signatures":[{"keyID":"\#(id)","signature":"\#(signature)"}]}"#
    try File(path(receipt), .replace).write(Array(line) + Array("\n\(second)\n".utf8))
  }
}
