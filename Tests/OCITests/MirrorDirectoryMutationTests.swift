import Diagnostics
import Digests
import Glibc
import OCI
import SystemIO
import TestSupport
import Testing

/// Directories of `oc` that somebody has damaged in ways that nobody has thought of.
@Suite(.timeLimit(.minutes(20))) struct MirrorDirectoryMutationTests {
  private static let pool = BlockingPool(threads: 2)

  /// Reads all that a directory has.
  private func readAll(_ path: String, _ label: String) async {
    do {
      let source = try await MirrorDirectory(path, pool: Self.pool)
      for image in try await source.images(nil, .all) {
        guard let manifest = try await source.manifest(image.reference, in: image.repository) else { continue }
        #expect(SHA256Hasher.digest(of: manifest.bytes) == manifest.descriptor.digest)
        guard case .image(let config, let layers) = manifest.manifest.content else { continue }
        for blob in [config] + layers { try await source.blob(blob, in: image.repository, from: 0) { _ in } }
      }
    } catch is SealiftError {} catch { Issue.record("\(label): \(error)") }
  }

  @Test func manifestsThatAreNearlyRight() async throws {
    let directory = try TemporaryDirectory()
    let layout = try LayoutFixture(directory("layout"))
    let image = try layout.image([layout.layer(seed: 1, size: 100)])
    let index = try layout.index([image])
    let mirror = MirrorFixture(directory("mirror"), .copied)
    try mirror.add(index, from: layout, to: "team/app", tag: "v1")
    let samples = try [image, index].map {
      try FileSystem.read("\(layout.path)/blobs/sha256/\($0.digest.hex)", limit: 1 << 20)
    }
    let mutations = Mutations(of: samples, named: "manifests in a mirror directory", count: 400)
    for bytes in mutations {
      try FileSystem.write(bytes, to: mirror.tag("v1", in: "team/app"))
      await readAll(mirror.path, mutations.label)
    }
  }

  @Test func namesAndLinksThatAreNearlyRight() async throws {
    let directory = try TemporaryDirectory()
    let layout = try LayoutFixture(directory("layout"))
    let image = try layout.image([layout.layer(seed: 1, size: 100)])
    let mirror = MirrorFixture(directory("mirror"))
    try mirror.add(image, from: layout, to: "team/app", tag: "v1")
    let samples = [
      image.digest.description, image.digest.tag, "v1", "../../x", "/etc/passwd", "sha256-\(image.digest.hex).sig",
    ]
    let mutations = Mutations(of: samples.map { Array($0.utf8) }, named: "names in a mirror directory", count: 400)
    for (number, bytes) in mutations.enumerated() {
      let name = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\0" }
      guard !name.isEmpty, name.utf8.count < 200 else { continue }
      let isName = number.isMultiple(of: 2) && !name.contains("/") && name != "." && name != ".."
      let place = "\(mirror.path)/v2/team/app/manifests/\(isName ? String(name) : "other")"
      guard !FileSystem.exists(place) else { continue }
      symlink(isName ? image.digest.description : String(name), place)
      await readAll(mirror.path, mutations.label)
      unlink(place)
    }
  }
}
