internal import BundleFormat
internal import Digests
internal import JSON
internal import OCI

extension BundleDraft {
  /// The digest of the first manifest of a kind.
  func manifest(_ isWanted: (Descriptor) -> Bool) throws -> Digest {
    guard let found = index.metadata.first(where: isWanted) else { throw Missing() }
    return found.digest
  }

  private struct Missing: Error {}

  /// What is listed of a digest.
  func descriptor(_ digest: Digest) throws -> Descriptor {
    guard let found = index.metadata.first(where: { $0.digest == digest }) else { throw Missing() }
    return found
  }

  /// The descriptor of something that is not in the bundle.
  func descriptor(of bytes: [UInt8]) -> Descriptor {
    Descriptor(mediaType: .ociManifest, digest: SHA256Hasher.digest(of: bytes), size: bytes.count)
  }

  /// Changes the text of the first manifest of a kind.
  mutating func rewrite(_ isWanted: (Descriptor) -> Bool, _ change: (String) -> String) throws {
    let digest = try manifest(isWanted)
    replace(digest, with: Array(change(String(decoding: contents[digest] ?? [], as: UTF8.self)).utf8))
  }

  /// The children of an index.
  func children(of list: Digest) throws -> [Descriptor] {
    try Manifest(contents[list] ?? [], mediaType: .ociIndex, source: "an index").children
  }

  /// Adds an image that is a list of two, of which one is not in the bundle.
  mutating func leaveOut() throws {
    let kept = try descriptor(manifest { $0.mediaType == .ociManifest })
    let missing = descriptor(of: Array("elsewhere".utf8))
    addImage(addIndex([kept, missing]), at: "team/part", tags: ["1"])
    index.images[index.images.count - 1].absent = [missing.digest]
  }

  /// Takes the first layer out of the bundle: a base has put it into two repositories.
  mutating func hold(at places: [Int] = [0, 1]) {
    index.held = [.init(descriptor: index.blobs.removeFirst().descriptor, places: places)]
    index.bases = [Self.base("april.tar.zst", ["team/app", "team/other"])]
  }

  /// The same, with a base that is changed.
  mutating func holdAtBase(_ change: (inout BundleIndex.Base) -> Void) {
    hold()
    change(&index.bases[0])
  }

  /// A bundle that was packed before.
  static func base(_ name: String, _ repositories: [String]) -> BundleIndex.Base {
    .init(
      created: "2026-10-01T00:00:00Z", id: SHA256Hasher.digest(of: Array(name.utf8)), name: name,
      repositories: repositories)
  }

  /// Adds an image of so many manifests, one below the other.
  mutating func nest(_ height: Int) {
    var top = addManifest(config: index.metadata[0], layers: [])
    for _ in 1..<height { top = addIndex([top]) }
    addImage(top, at: "team/deep", tags: ["1"])
  }
}

extension JSONValue {
  /// An index whose last blob stands first.
  var withLastBlobFirst: JSONValue {
    guard case .object(var members) = self, let place = members.firstIndex(where: { $0.name == "blobs" }),
      var blobs = members[place].value.elements, let last = blobs.popLast()
    else { return self }
    members[place].value = .array([last] + blobs)
    return .object(members)
  }
}
