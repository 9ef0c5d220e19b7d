internal import BundleFormat
internal import Digests
internal import JSON
internal import OCI

/// One rule of `formats/bundle-v1.md` that a signed bundle breaks, or does not quite break.
public struct HostileBundle: Sendable, CustomStringConvertible {
  /// What is wrong with it.
  public let description: String
  /// Part of the message; `nil` for a bundle that is sound.
  public let reason: String?
  /// Breaks the rule.
  public let change: @Sendable (inout BundleDraft) throws -> Void

  init(_ name: String, _ reason: String?, _ change: @escaping @Sendable (inout BundleDraft) throws -> Void) {
    description = name
    self.reason = reason
    self.change = change
  }

  /// A bundle with something of every kind.
  public static var sample: BundleDraft {
    var draft = BundleDraft()
    let base = draft.addBlob(Array("base".utf8))
    let configs = ["amd64", "arm64"].map {
      draft.addMetadata(.ociConfig, Array(#"{"architecture":"\#($0)","os":"linux"}"#.utf8))
    }
    let plain = draft.addBlob(
      Array("plain".utf8), .init(rawValue: "application/vnd.oci.image.layer.v1.tar"), .zstd)
    let images = [
      draft.addManifest(config: configs[0], layers: [base, plain]),
      draft.addManifest(config: configs[1], layers: [base, foreign]),
    ]
    let list = draft.addIndex(images)
    draft.addImage(list, at: "team/app", tags: ["1.0", "latest"])
    let artifact = draft.addManifest(
      config: draft.addMetadata(.init(rawValue: "application/vnd.oci.empty.v1+json"), Array("{}".utf8)),
      layers: [draft.addBlob(Array("an SBOM".utf8), .init(rawValue: "text/spdx+json"), .zstd)], subject: list)
    draft.addImage(
      artifact, at: "team/app", tags: [], reason: .referrer(ImageReason.referrerKind, of: list.digest),
      subject: list.digest)
    draft.addImage(images[0], at: "team/payload", tags: ["4.18.1"], reason: .release("4.18.1 amd64"))
    draft.index.releases = [
      .init(
        architecture: "amd64", digest: images[0].digest, signatures: [], source: "registry.example/team/payload:1",
        version: "4.18.1")
    ]
    draft.addFile(mirrors, mirrorSet("idms-release-0"))
    draft.addFile(settings, configMap("settings"))
    draft.index.carriedObjects = [.init(path: settings, profiles: [], source: "settings.yaml")]
    let file = draft.addBlob(Array("a file".utf8), .init(rawValue: "application/octet-stream"))
    draft.index.carriedFiles = [
      .init(digest: file.digest, name: "tool.bin", profiles: [], source: "https://files.example/tool.bin")
    ]
    return draft
  }

  static let foreign = Descriptor(
    mediaType: .init(rawValue: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
    digest: SHA256Hasher.digest(of: Array("foreign".utf8)), size: 7)
  static let mirrors = "config/ImageDigestMirrorSet/idms-release-0.yaml"
  static let settings = "config/ConfigMap/team_settings.yaml"

  static func mirrorSet(_ name: String, mirror: String = "sealift.target.invalid/team", entries: Int = 1) -> String {
    let entry = "  - mirrors:\n    - \(mirror)\n    source: registry.example/team\n"
    return """
      apiVersion: config.openshift.io/v1
      kind: ImageDigestMirrorSet
      metadata:
        name: \(name)
      spec:
        imageDigestMirrors:
      \(String(repeating: entry, count: entries))
      """
  }

  static func configMap(_ name: String, _ text: String = "hello") -> String {
    """
    apiVersion: v1
    data:
      greeting: "\(text)"
    kind: ConfigMap
    metadata:
      name: \(name)
      namespace: team

    """
  }

  /// All of them by the section of the document that has the rule.
  public static let sections = [
    ("Closure", closure), ("Manifests", manifests), ("Templates", templates), ("Files of the head", derived),
    ("The index", indexes), ("Updates", updates),
  ]

  /// All of them.
  public static let all = sections.flatMap(\.1)

  private static let closure: [HostileBundle] = [
    .init("the sample", nil) { _ in },
    .init("a layer that is not there", "is not in the bundle") { draft in
      draft.index.blobs.remove(at: 0)
    },
    .init("a config that is not there", "is not in the bundle") { draft in
      draft.index.metadata.removeAll { $0.mediaType == .ociConfig }
    },
    .init("a child that is not there", "is not in the bundle") { draft in
      draft.index.images.removeAll { $0.destination == "team/payload" }
      draft.index.releases = []
      let child = try draft.manifest { $0.mediaType == .ociManifest }
      draft.index.metadata.removeAll { $0.digest == child }
    },
    .init("a layer that nothing needs", "no image needs it") { $0.addBlob(Array("more".utf8)) },
    .init("a manifest that nothing needs", "no image needs it") { draft in
      _ = draft.addManifest(config: draft.index.metadata[0], layers: [])
    },
    .init("a config that nothing needs", "no image needs it") { $0.addMetadata(.ociConfig, Array("{ }".utf8)) },
    .init("a foreign layer that is listed", "no image needs it") { draft in
      draft.contents[foreign.digest] = Array("foreign".utf8)
      draft.index.blobs.insert(.init(descriptor: foreign, encoding: .raw, offset: 0), at: 0)
    },
    .init("a layer with another size in the manifest", "bytes, and manifest") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { $0.replacing(#""size":4"#, with: #""size":5"#) }
    },
    .init("a config with another size in the manifest", "bytes, and manifest") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { $0.replacing(#""size":37"#, with: #""size":38"#) }
    },
    .init("a child with another size in the index", nil) { draft in
      try draft.rewrite({ $0.mediaType == .ociIndex }) { $0.replacing(#""size":5"#, with: #""size":15"#) }
    },
    .init("a child with another media type in the index", "is not listed as") { draft in
      try draft.rewrite({ $0.mediaType == .ociIndex }) {
        $0.replacing(MediaType.ociManifest.rawValue, with: MediaType.dockerManifest.rawValue)
      }
    },
    .init("a layer with another media type in the bundle's index", "no manifest calls it that") { draft in
      draft.index.blobs[0].descriptor.mediaType = .init(rawValue: "application/x")
    },
    .init("a subject that is another one", "does not refer to the subject") { draft in
      draft.index.images[1].subject = SHA256Hasher.digest(of: [])
    },
    .init("a subject that is not in the bundle", nil) { draft in
      let other = draft.descriptor(of: Array("elsewhere".utf8))
      let artifact = draft.addManifest(config: draft.index.metadata[0], layers: [], subject: other)
      draft.addImage(
        artifact, at: "team/app", tags: [], reason: .referrer(ImageReason.referrerKind, of: other.digest),
        subject: other.digest)
    },
    .init("a file whose content is a config", nil) { draft in
      draft.index.carriedFiles.append(
        .init(digest: draft.index.metadata[0].digest, name: "zz.json", profiles: [], source: "zz.json"))
    },
    .init("a layer that is a manifest too", nil) { draft in
      let config = draft.index.metadata[0]
      let manifest = try draft.manifest { $0.mediaType == .ociManifest }
      let layer = try draft.descriptor(manifest)
      draft.addImage(draft.addManifest(config: config, layers: [layer]), at: "team/both", tags: ["1"])
    },
    .init("a layer that is a config too", nil) { draft in
      let config = draft.index.metadata[0]
      draft.addImage(draft.addManifest(config: config, layers: [config, config]), at: "team/both", tags: ["1"])
    },
    .init("a list that names an image of many layers many times", "its images name more than") { draft in
      let layers = [Descriptor](repeating: draft.index.blobs[0].descriptor, count: 4_000)
      let image = draft.addManifest(config: draft.index.metadata[0], layers: layers)
      draft.addImage(draft.addIndex(Array(repeating: image, count: 1_100)), at: "team/many", tags: ["1"])
    },
    .init("an image of a list that is left out", nil) { try $0.leaveOut() },
    .init("an image of a list that is left out at two places", nil) { draft in
      try draft.leaveOut()
      var other = draft.index.images[draft.index.images.count - 1]
      other.destination = "team/other"
      draft.index.images.append(other)
    },
    .init("an image that is left out of one list, and in another", nil) { draft in
      let list = try draft.manifest { $0.mediaType == .ociIndex }
      draft.index.images[0].absent = [try draft.children(of: list)[0].digest]
      draft.addImage(try draft.descriptor(list), at: "team/whole", tags: ["1"])
    },
    .init("a part that is listed, and that its only image leaves out", "no image needs it") { draft in
      let list = try draft.manifest { $0.mediaType == .ociIndex }
      draft.index.images[0].absent = [try draft.children(of: list)[1].digest]
    },
    .init("an image that leaves out what no list names", "leaves out what none of its lists names") { draft in
      draft.index.images[0].absent = [SHA256Hasher.digest(of: [])]
    },
    .init("an image that leaves out a config", "leaves out what none of its lists names") { draft in
      draft.index.images[0].absent = [draft.index.metadata[0].digest]
    },
    .init("an image that leaves itself out", "leaves itself out") { draft in
      draft.index.images[0].absent = [draft.index.images[0].manifest.digest]
    },
    .init("a part that is missing from another image that leaves nothing out", "which is not in the bundle") { draft in
      try draft.leaveOut()
      let list = try draft.descriptor(draft.index.images[draft.index.images.count - 1].manifest.digest)
      draft.addImage(list, at: "team/whole", tags: ["1"])
    },
    .init("what is left out, in disorder", "is not in order") { draft in
      let list = try draft.manifest { $0.mediaType == .ociIndex }
      draft.index.images[0].absent = try draft.children(of: list).map(\.digest).sorted(by: >)
    },
    .init("what is left out, twice", "is not in order") { draft in
      let list = try draft.manifest { $0.mediaType == .ociIndex }
      let digest = try draft.children(of: list)[0].digest
      draft.index.images[0].absent = [digest, digest]
    },
    .init("an image in part, and a reader that need not know", "'requires' is not") { draft in
      try draft.leaveOut()
      draft.changeText = { $0.replacing(#""requires":["absent"],"#, with: "") }
    },
    .init("a feature that no image has", "'requires' is not") { draft in
      draft.changeText = { $0.replacing(#""tools":"#, with: #""requires":["absent"],"tools":"#) }
    },
    .init("four manifests, one below the other", nil) { $0.nest(4) },
    .init("five manifests, one below the other", "stands below 4 manifests") { $0.nest(5) },
    .init("an empty index", nil) { draft in draft.addImage(draft.addIndex([]), at: "team/none", tags: ["1"]) },
    .init("an index that names a child twice", nil) { draft in
      let child = try draft.descriptor(draft.manifest { $0.mediaType == .ociManifest })
      draft.addImage(draft.addIndex([child, child]), at: "team/twice", tags: ["1"])
    },
  ]

  private static let manifests: [HostileBundle] = [
    .init("a manifest that is no JSON", "manifest sha256:") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { String($0.dropLast()) }
    },
    .init("a name twice in a manifest", "stands twice") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { #"{"layers":[],"# + $0.dropFirst() }
    },
    .init("a manifest of another type than the one that is listed", "says it is a") { draft in
      try draft.rewrite({ $0.mediaType == .ociIndex }) {
        $0.replacing(MediaType.ociIndex.rawValue, with: MediaType.dockerList.rawValue)
      }
    },
    .init("a manifest without layers", "has no layers") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { $0.replacing("\"layers\"", with: "\"ayers\"") }
    },
    .init("a manifest that is an index too", "at once") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { #"{"manifests":[],"# + $0.dropFirst() }
    },
    .init("a manifest of schema 1", "schema 1") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) {
        $0.replacing(#""schemaVersion":2"#, with: #""schemaVersion":1"#)
      }
    },
    .init("a manifest without its media type", nil) { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) {
        $0.replacing(#","mediaType":"\#(MediaType.ociManifest)","schemaVersion""#, with: #","schemaVersion""#)
      }
    },
    .init("a manifest with 64 levels", nil) { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { #"{"a":\#(nested(63)),"# + $0.dropFirst() }
    },
    .init("a manifest with 65 levels", "nested deeper") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { #"{"a":\#(nested(64)),"# + $0.dropFirst() }
    },
    .init("a manifest with a digest of another kind", "sha512") { draft in
      try draft.rewrite({ $0.mediaType == .ociManifest }) { text in
        let range = text.firstRange(of: "sha256:") ?? text.startIndex..<text.startIndex
        return text[..<range.lowerBound] + "sha512:" + text[range.upperBound...]
      }
    },
  ]

  private static func nested(_ depth: Int) -> String {
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  private static func template(
    _ name: String, _ reason: String?, _ text: @autoclosure @escaping @Sendable () -> String, at path: String = settings
  ) -> HostileBundle {
    .init(name, reason) { $0.addFile(path, text()) }
  }

  private static let templates: [HostileBundle] = [
    template("two documents in a template", "a second document", configMap("settings") + "---\na: b\n"),
    template("an empty template", "is empty", ""),
    template("a template that is no YAML", "template", "a: [b\n"),
    template("a template without a name", "no object with a kind", "apiVersion: v1\nkind: ConfigMap\n"),
    template("a template of another object", "holds the object", configMap("other")),
    template("a template with a list", "holds a list", configMap("settings") + "items: []\n"),
    template("a key twice in a template", "twice", configMap("settings") + "kind: ConfigMap\n"),
    template("an alias in a template", "template", "a: &a b\nc: *a\n" + configMap("settings")),
    template("a template that is too large", "apply", configMap("settings", String(repeating: "x", count: 250_000))),
    template(
      "a template that is just not too large", nil, configMap("settings", String(repeating: "x", count: 249_000))),
    template("a placeholder in a text", "cannot be filled", configMap("settings", "see sealift.target.invalid/x")),
    template("a placeholder before no path", "cannot be filled", configMap("settings", "sealift.target.invalid/A B")),
    template("a placeholder for a tag", nil, configMap("settings", "sealift.target.invalid/team/app:1.0")),
    template("a mirror set that can be cut", nil, mirrorSet("idms-release-0", entries: 4000), at: mirrors),
    template(
      "a mirror set that cannot be cut", "apply",
      mirrorSet("idms-release-0", mirror: String(repeating: "x", count: 260_000)), at: mirrors),
    .init("a template with the name of a part", "the name of a part") { draft in
      draft.addFile("config/ImageDigestMirrorSet/idms-release-3.yaml", mirrorSet("idms-release-3"))
    },
    .init("two templates that differ in capitals", "but for capitals") { draft in
      let path = "config/ConfigMap/team_Settings.yaml"
      draft.addFile(path, configMap("Settings"))
      draft.index.carriedObjects.insert(.init(path: path, profiles: [], source: "settings.yaml"), at: 0)
    },
    .init("the placeholder for a name", "for a name") { draft in
      let path = "config/ConfigMap/team_sealift.target.invalid.yaml"
      draft.addFile(path, configMap("sealift.target.invalid"))
      draft.index.carriedObjects.insert(.init(path: path, profiles: [], source: "settings.yaml"), at: 0)
    },
  ]

  private static let derived: [HostileBundle] = [
    .init("SHA256SUMS in another order", "SHA256SUMS does not follow") { draft in
      draft.derived["SHA256SUMS"] = Array("nothing\n".utf8)
    },
    .init("an index.json of its own", "index.json does not follow") { draft in
      draft.derived["index.json"] = Array(#"{"manifests":[],"schemaVersion":2}"#.utf8)
    },
    .init("an oci-layout of its own", "oci-layout does not follow") { draft in
      draft.derived["oci-layout"] = Array(#"{"imageLayoutVersion": "1.0.0"}"#.utf8)
    },
  ]

  private static func text(_ name: String, _ reason: String?, _ old: String, _ new: String) -> HostileBundle {
    .init(name, reason) { $0.changeText = { $0.replacing(old, with: new) } }
  }

  private static let time = #""created":"2026-11-01T00:00:00Z""#

  private static let indexes: [HostileBundle] = [
    text("white space in the index", nil, #","created":"#, " ,\n\"created\"\t: "),
    text("a day that there is not", "is not a time", time, #""created":"2026-02-29T00:00:00Z""#),
    text("a leap day", nil, time, #""created":"2028-02-29T00:00:00Z""#),
    text("a time of another form", "is not a time", time, #""created":"2026-11-01 00:00:00""#),
    text("a leap second", "is not a time", time, #""created":"2026-11-01T00:00:60Z""#),
    text("64 digits that are passed over", nil, time, #""a":\#(String(repeating: "1", count: 64)),\#(time)"#),
    text("65 digits", "64 digits", time, #""a":\#(String(repeating: "1", count: 65)),\#(time)"#),
    text("31 levels below the index", nil, time, #""a":\#(nested(31)),\#(time)"#),
    text("32 levels below the index", "nested deeper", time, #""a":\#(nested(32)),\#(time)"#),
    text(
      "a text of 4,097 bytes", "a string is longer", time, #""a":"\#(String(repeating: "x", count: 4097))",\#(time)"#),
    text(
      "65 members", "more than 64 members", time,
      (0..<60).map { #""a\#($0)":0,"# }.joined() + time),
    text(
      "too much that is not known", "too much to be passed over", time,
      #""a":[\#(Array(repeating: "0", count: 600_000).joined(separator: ","))],\#(time)"#),
    text("a byte order mark", "is expected", #"{"apiVersion""#, "\u{FEFF}{\"apiVersion\""),
    text("an unknown reason", "is no reason", #""reason":"requested""#, #""reason":"wanted""#),
    .init("a release's reason without an architecture", "is no reason") { draft in
      draft.index.images[2].reason = .release("4.18.1")
    },
    text("a referrer of no digest", "is no reason", #""reason":"referrer of sha256:"#, #""reason":"referrer of it:"#),
    .init("a base without a digest", "is not a reference by digest") { draft in
      draft.index.images[0].source = "built:app"
      draft.index.images[0].base = "registry.example/base:1"
    },
    .init("a base of what was not built", "is not a reference by digest") { draft in
      draft.index.images[0].base = "registry.example/base@\(SHA256Hasher.digest(of: []))"
    },
    .init("a base by digest", nil) { draft in
      draft.index.images[0].source = "built:app"
      draft.index.images[0].base = "registry.example/base@\(SHA256Hasher.digest(of: []))"
    },
    .init("a platform of one word", "is not a platform") { $0.index.images[0].platforms = ["linux"] },
    .init("a platform with an empty word", "is not a platform") { $0.index.images[0].platforms = ["linux//v8"] },
    text("images without platforms", "lacks its destination, platforms", #""platforms":"#, #""platform":"#),
    text("images without tags", "lacks its destination, platforms", #""tags":"#, #""tag":"#),
    text("an empty list of bases", "'bases' is an empty list", #""blobs":"#, #""bases":[],"blobs":"#),
    text("an empty list of features", "'requires' is an empty list", #""tools":"#, #""requires":[],"tools":"#),
    text(
      "images that leave out nothing", "'absent' is an empty list", #"{"destination":"#, #"{"absent":[],"destination":"#
    ),
    .init("an image without a source", "has an empty source") { $0.index.images[0].source = "" },
    .init("a signature that no release needs", "no release needs") { draft in
      draft.addFile("release-signatures/sha256-\(draft.index.releases[0].digest.hex)/signature-1", "text")
    },
    .init("platforms without end", "more than 262144") { draft in
      draft.index.images[0].platforms = [String](repeating: "a/b", count: 262_145)
    },
  ]
}
