import Charts
import Digests
import JSON
import OCI
import Testing

struct ChartManifestTests {
  private static let file = """
    apiVersion: v2
    name: web
    version: 1.2.3+build
    appVersion: 1.10
    description: A web
    home: https://example.com
    deprecated: true
    unknown: {a: 1}
    sources: [https://example.com/git]
    maintainers: [{name: Ada, email: ada@example.com}, {name: Bo}]
    annotations: {a/b: 1, org.opencontainers.image.title: other}
    dependencies: [{name: db, version: 1.x, repository: "https://example.com", tags: [a], import-values: [data, {child: a, parent: b}]}]
    """

  private func manifest(_ provenance: Descriptor? = nil) throws -> ChartManifest {
    let content = Descriptor(
      mediaType: ChartManifest.contentType, digest: SHA256Hasher.digest(of: [1, 2, 3]), size: 3)
    return ChartManifest(
      try ChartMetadata(Array(Self.file.utf8), source: "Chart.yaml"), content: content, provenance: provenance)
  }

  @Test("The config is Chart.yaml as JSON, with the types that Helm wants")
  func config() throws {
    let config = try JSONReader.value(manifest().configBytes, source: "config")
    #expect(config["appVersion"]?.text == "1.1")
    #expect(config["deprecated"] == .boolean(true))
    #expect(config["unknown"] == nil)
    #expect(config["annotations"]?["a/b"]?.text == "1")
    #expect(config["dependencies"]?.elements?.first?["version"]?.text == "1.x")
    #expect(config["dependencies"]?.elements?.first?["import-values"]?.elements?.count == 2)
    #expect(config["maintainers"]?.elements?.first?["email"]?.text == "ada@example.com")
  }

  @Test(
    "A number that should be text is read as Helm reads it",
    arguments: [
      ("1.10", "1.1"), ("1.0", "1"), ("10", "10"), ("0.50", "0.5"), ("100.0", "100"), ("1.05", "1.05"),
      ("'1.10'", "1.10"),
      ("1.10.0", "1.10.0"), ("v1.10", "v1.10"), ("1.10-rc", "1.10-rc"), ("20240600", "20240600"),
    ])
  func numbers(written: String, read: String) throws {
    let file = "name: web\nversion: 1.0.0\nappVersion: \(written)\n"
    #expect(try ChartMetadata(Array(file.utf8), source: "Chart.yaml").appVersion == read)
  }

  @Test("What is empty is left out, but for the repository of a dependency")
  func empty() throws {
    let file = """
      {name: web, version: 1.0.0, description: "", deprecated: false, keywords: [], annotations: {}, icon: ~,
      maintainers: [{name: Ada, email: ""}], dependencies: [{name: a, version: "", enabled: false, tags: []}]}
      """
    let content = Descriptor(
      mediaType: ChartManifest.contentType, digest: SHA256Hasher.digest(of: [1, 2, 3]), size: 3)
    let metadata = try ChartMetadata(Array(file.utf8), source: "Chart.yaml")
    #expect(
      String(decoding: ChartManifest(metadata, content: content, provenance: nil).configBytes, as: UTF8.self)
        == #"{"apiVersion":"v1","dependencies":[{"name":"a","repository":""}],"maintainers":[{"name":"Ada"}],"#
        + #""name":"web","version":"1.0.0"}"#)
  }

  @Test("The dependencies of an old chart stand in a file of their own")
  func requirements() throws {
    let chart = try Chart(
      [
        "Chart.yaml": Array("{name: web, version: 1.0.0, dependencies: [{name: a}]}".utf8),
        "requirements.yaml": Array("dependencies: [{name: b, repository: r}]".utf8),
      ], source: "web")
    let content = Descriptor(
      mediaType: ChartManifest.contentType, digest: SHA256Hasher.digest(of: [1, 2, 3]), size: 3)
    let config = ChartManifest(chart.metadata, content: content, provenance: nil).configBytes
    #expect(String(decoding: config, as: UTF8.self).contains(#""dependencies":[{"name":"b","repository":"r"}]"#))
  }

  @Test("The manifest is what helm push writes, but for the time")
  func manifestBytes() throws {
    let prov = Descriptor(mediaType: ChartManifest.provenanceType, digest: SHA256Hasher.digest(of: [4]), size: 1)
    let made = try manifest(prov)
    let manifest = try Manifest(made.manifestBytes, mediaType: .ociManifest, source: "manifest")
    guard case .image(let config, let layers) = manifest.content else { throw CancellationError() }
    #expect(config == made.config)
    #expect(config.mediaType.rawValue == "application/vnd.cncf.helm.config.v1+json")
    #expect(layers.map(\.mediaType) == [ChartManifest.contentType, ChartManifest.provenanceType])
    let annotations = Dictionary(uniqueKeysWithValues: manifest.annotations.map { ($0.name, $0.value) })
    #expect(
      annotations == [
        "org.opencontainers.image.title": "web", "org.opencontainers.image.version": "1.2.3+build",
        "org.opencontainers.image.description": "A web", "org.opencontainers.image.url": "https://example.com",
        "org.opencontainers.image.source": "https://example.com/git",
        "org.opencontainers.image.authors": "Ada (ada@example.com), Bo", "a/b": "1",
      ])
    #expect(try self.manifest(prov).manifestBytes == made.manifestBytes)
  }

  @Test("A plus sign in the version is an underscore in the tag")
  func names() throws {
    let metadata = try ChartMetadata(Array(Self.file.utf8), source: "Chart.yaml")
    #expect(try metadata.tag == "1.2.3_build")
    #expect(try metadata.repository == "charts/web")
    let upper = try ChartMetadata(Array("name: Web\nversion: 1.0.0".utf8), source: "Chart.yaml")
    #expect(throws: (any Error).self) { try upper.repository }
  }
}
