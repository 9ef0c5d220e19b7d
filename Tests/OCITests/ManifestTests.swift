import Diagnostics
import Digests
import OCI
import Testing

private let digest = "sha256:" + String(repeating: "0a", count: 32)

/// The text of a descriptor, and of documents around it.
private func descriptor(_ type: String, size: String = "7", more: String = "") -> String {
  #"{"mediaType":"\#(type)","digest":"\#(digest)","size":\#(size)\#(more)}"#
}

private func image(
  _ type: MediaType? = .ociManifest, config: String = descriptor("application/vnd.oci.image.config.v1+json"),
  layers: String = "[\(descriptor("a/layer")),\(descriptor("a/nother"))]", more: String = ""
) -> String {
  let typed = type.map { #""mediaType":"\#($0)","# } ?? ""
  return #"{"schemaVersion":2,\#(typed)"config":\#(config),"layers":\#(layers)\#(more)}"#
}

private func index(
  _ type: MediaType? = .ociIndex, manifests: String = "[\(descriptor(MediaType.ociManifest.rawValue))]",
  more: String = ""
) -> String {
  let typed = type.map { #""mediaType":"\#($0)","# } ?? ""
  return #"{"schemaVersion":2,\#(typed)"manifests":\#(manifests)\#(more)}"#
}

private func read(_ text: String, as type: MediaType? = nil) throws -> Manifest {
  try Manifest(Array(text.utf8), mediaType: type, source: "manifest x")
}

@Suite struct ManifestTests {
  @Test(arguments: [MediaType.ociManifest, .dockerManifest])
  func readsAnImage(type: MediaType) throws {
    let manifest = try read(image(type), as: type)
    #expect(manifest.mediaType == type)
    guard case .image(let config, let layers) = manifest.content else { throw Unexpected() }
    #expect(config.mediaType == .ociConfig && config.size == 7 && config.digest.description == digest)
    #expect(layers.map(\.mediaType.rawValue) == ["a/layer", "a/nother"])
    #expect(manifest.children.isEmpty && manifest.subject == nil && manifest.artifactType == nil)
  }

  @Test(arguments: [MediaType.ociIndex, .dockerList])
  func readsAnIndexWithPlatformsAndNestedIndexes(type: MediaType) throws {
    let platform = #","platform":{"architecture":"arm64","os":"linux","variant":"v8","os.version":"1"}"#
    let manifests = [
      descriptor(MediaType.ociManifest.rawValue, more: platform), descriptor(MediaType.ociIndex.rawValue),
    ]
    let manifest = try read(index(type, manifests: "[\(manifests.joined(separator: ","))]"))
    #expect(manifest.mediaType == type)
    #expect(manifest.children.map(\.mediaType) == [.ociManifest, .ociIndex])
    #expect(manifest.children.map { $0.platform?.description } == ["linux/arm64/v8", nil])
  }

  @Test(
    arguments: [
      (image(nil), nil, MediaType.ociManifest), (index(nil), nil, .ociIndex),
      (image(nil), .dockerManifest, .dockerManifest),
      (index(nil), .dockerList, .dockerList), (image(), MediaType(rawValue: "application/json"), .ociManifest),
      (image(nil), MediaType(rawValue: "text/plain"), .ociManifest), (index(nil, manifests: "[]"), nil, .ociIndex),
    ] as [(String, MediaType?, MediaType)])
  func theTypeIsTheDocumentsOwnElseTheOneServed(text: String, served: MediaType?, expected: MediaType) throws {
    #expect(try read(text, as: served).mediaType == expected)
  }

  @Test(arguments: [
    (image(more: #","manifests":[]"#), "an index and an image at once"),
    (image(more: #","manifests":null"#), "an index and an image at once"),
    (index(more: #","layers":[]"#), "an index and an image at once"),
    (index(more: #","config":\#(descriptor("a/b"))"#), "an index and an image at once"),
    (image(nil, more: #","manifests":[\#(descriptor("a/b"))]"#), "an index and an image at once"),
    (image(MediaType(rawValue: "application/vnd.oci.artifact.manifest.v1+json")), "not an image"),
    (image(MediaType(rawValue: "")), "not an image"),
    (#"{"schemaVersion":1,"fsLayers":[],"history":[]}"#, "schema 1"),
    (#"{"schemaVersion":1,"mediaType":"\#(MediaType.ociManifest)"}"#, "schema 1"),
    (image(MediaType(rawValue: "application/vnd.docker.distribution.manifest.v1+prettyjws")), "schema 1"),
    (#"{"schemaVersion":2}"#, "has no config"), ("{}", "has no config"),
    (#"{"mediaType":"\#(MediaType.ociIndex)"}"#, "has no manifests"),
    (#"{"config":\#(descriptor("a/b"))}"#, "has no layers"),
    (image(config: "null"), "an object is expected"), (image(layers: "{}"), "an array is expected"),
    (image(layers: "[null]"), "an object is expected"),
    (image(layers: #"[{"mediaType":"a/b","size":1}]"#), "lacks its mediaType, digest or size"),
    (image(layers: #"[{"digest":"\#(digest)","size":1}]"#), "lacks its mediaType, digest or size"),
    (image(layers: #"[{"mediaType":"a/b","digest":"\#(digest)"}]"#), "lacks its mediaType, digest or size"),
    (image(config: descriptor("a/b", size: "-1")), "a size is negative"),
    (image(config: descriptor("a/b", size: "9223372036854775808")), "not a whole number"),
    (image(config: descriptor("a/b", size: "1.5")), "not a whole number"),
    (image(config: descriptor("a/b", size: "\"1\"")), "a value is expected"),
    (image(config: descriptor("a/b", more: #","annotations":{"a":1}"#)), "a string is expected"),
    (image(config: descriptor("a/b", more: #","size":8"#)), "stands twice"),
    (image(more: #","layers":[]"#), "stands twice"),
    (image(layers: #"[{"mediaType":"a/b","digest":"sha512:ab","size":1}]"#), "uses sha512"),
    (image(layers: #"[{"mediaType":"a/b","digest":"sha256:ab","size":1}]"#), "is not a digest"),
    ("[]", "an object is expected"), ("", "an object is expected"), ("<html>", "an object is expected"),
    (image() + "x", "after the end"),
  ])
  func refusesWhatIsNoManifest(text: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try read(text) }
    #expect(error?.code == .protocol)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    #expect(error?.problem.hasPrefix("manifest x") == true)
  }

  @Test(arguments: [
    (image(), MediaType.dockerManifest), (image(), .ociIndex), (index(), .ociManifest), (image(nil), .ociIndex),
    (index(nil), .ociManifest), (index(), .dockerList),
    (image(), MediaType(rawValue: "application/vnd.docker.distribution.manifest.v1+json")),
  ])
  func refusesADocumentThatWasServedAsAnotherType(text: String, served: MediaType) {
    let error = #expect(throws: SealiftError.self) { try read(text, as: served) }
    #expect(error?.code == .protocol)
  }

  @Test func goWritesNullForEmptyLists() throws {
    guard case .image(_, let layers) = try read(image(layers: "null")).content else { throw Unexpected() }
    #expect(layers.isEmpty)
    #expect(try read(index(manifests: "null", more: #","annotations":null,"subject":null"#)).children.isEmpty)
  }

  @Test func readsReferrers() throws {
    let more = #","subject":\#(descriptor(MediaType.ociIndex.rawValue)),"annotations":{"b":"2","é":"3","a":"1"}"#
    let signature = try read(image(config: descriptor("application/vnd.sig"), more: more))
    #expect(signature.subject?.digest.description == digest)
    #expect(signature.artifactType == "application/vnd.sig")
    #expect(signature.annotations == [.init("a", "1"), .init("b", "2"), .init("é", "3")])
    #expect(try read(image(more: more + #","artifactType":"a/b""#)).artifactType == "a/b")
    #expect(try read(index(more: more + #","artifactType":"c/d""#)).artifactType == "c/d")
    #expect(try read(image(more: more)).artifactType == nil)
  }

  @Test(arguments: [
    (#","urls":["https://x/y"]"#, true), (#","urls":[]"#, false), (#","urls":null"#, false), ("", false),
  ])
  func knowsForeignLayers(more: String, expected: Bool) throws {
    guard case .image(_, let layers) = try read(image(layers: "[\(descriptor("a/b", more: more))]")).content else {
      throw Unexpected()
    }
    #expect(layers.first?.hasURLs == expected)
  }

  @Test func readsUpToTheLimitAndNoFurther() throws {
    let padding = Manifest.maximumBytes - image().utf8.count
    #expect(try read(image() + String(repeating: " ", count: padding)).mediaType == .ociManifest)
    let error = #expect(throws: SealiftError.self) {
      try read(image() + String(repeating: " ", count: padding + 1))
    }
    #expect(error?.problem == "manifest x is larger than 4 MiB")
  }

  @Test func nestingOfUnknownMembersIsBounded() {
    let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
    #expect(throws: SealiftError.self) { try read(image(more: #","x":\#(deep)"#)) }
  }
}

/// A value of another kind than the test asked for.
private struct Unexpected: Error {}
