import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Charts from repositories, registries and disk, and the images that they need.
@Suite(.enabled(if: HelmWorld.isPossible, "\(HelmWorld.reason)"))
struct HelmTests {
  private let world: HelmWorld

  init() throws { world = try HelmWorld() }

  private static let values = "image: {repository: REG/team/app}\nsidecar: {image: \"REG/team/side:2.0\"}\n"
  private static let workloads = """
    ---
    # Source: web/templates/deployment.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec:
          initContainers: [{name: i, image: "REG/team/side:2.0"}]
          containers: [{name: c, image: "REG/team/app:1.0"}, {name: d, image: busybox}]
    ---
    apiVersion: batch/v1
    kind: CronJob
    metadata: {name: nightly}
    spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: "REG/team/cron:3.0"}]}}}}}
    ---
    kind: Agent
    metadata: {name: a}
    spec: {ref: "REG/team/agent:4.0"}
    """

  /// The web chart in the repository, with its digest.
  private func offer(_ version: String = "1.2.3") throws -> String {
    let archive = try world.chart("web", version, ["values.yaml": Self.values])
    try world.index(
      "  web: [{name: web, version: \(version), urls: [web-\(version).tgz], digest: \(world.digest(archive))}]")
    return archive
  }

  @Test("A chart is pushed as helm would push it, byte for byte, and its images come along")
  func journey() throws {
    let archive = try offer("1.2.3+b1")
    try FileSystem.write(Array("signed".utf8), to: archive + ".prov")
    let helm = "{repositories: [{name: r, url: URL, charts: [{name: web, version: 1.2.3+b1}]}]}"
    let (report, images) = try world.packed(helm)
    #expect(
      images == [
        "charts/web:1.2.3_b1 = chart web 1.2.3+b1", "team/app:9.1 = image of chart web 1.2.3+b1",
        "team/side:2.0 = image of chart web 1.2.3+b1",
      ])
    #expect(HelmWorld.notes(report).contains { $0.contains("helm is not on the PATH") && $0.contains("values (2)") })

    let target = try RegistryServer()
    try Program.succeed(world.unpack(to: target, "--manifests", world.directory("out")))
    let raw = try runTool(
      "skopeo", ["inspect", "--raw", "--tls-verify=false", "docker://\(target.address)/charts/web:1.2.3_b1"])
    let bytes = Array(raw.output.utf8)
    let manifest = try JSONReader.value(bytes, source: "manifest")
    #expect(manifest["mediaType"]?.text == "application/vnd.oci.image.manifest.v1+json")
    #expect(manifest["config"]?["mediaType"]?.text == "application/vnd.cncf.helm.config.v1+json")
    #expect(
      manifest["layers"]?.elements?.map { $0["mediaType"]?.text } == [
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/vnd.cncf.helm.chart.provenance.v1.prov",
      ])
    #expect(manifest["annotations"]?["org.opencontainers.image.version"]?.text == "1.2.3+b1")
    let layer = try #require(manifest["layers"]?.elements?.first?["digest"]?.text)
    let stored = RegistryStorage(target).path(of: try Digest(layer))
    #expect(try FileSystem.read(stored, limit: 1 << 20) == FileSystem.read(archive, limit: 1 << 20))
    let config = try #require(manifest["config"]?["digest"]?.text)
    let chart = try JSONReader.value(
      FileSystem.read(RegistryStorage(target).path(of: try Digest(config)), limit: 1 << 20), source: "config")
    #expect(chart["name"]?.text == "web")
    #expect(chart["appVersion"]?.text == "9.1")

    // No workload names a chart: mirror sets have its images alone.
    let sets = try FileSystem.read(world.directory("out/ImageTagMirrorSet/itms-generic-0.yaml"), limit: 1 << 20)
    let text = String(decoding: sets, as: UTF8.self)
    #expect(text.contains("\(world.registry.address)/team"))
    #expect(!text.contains("charts"))
  }

  @Test("What helm renders decides the images, jobs and the user's paths too")
  func rendered() throws {
    let archive = try offer()
    try world.installHelm(printing: Self.workloads)
    let chart = "{name: web, imagePaths: [\"{.spec.ref}\", \"{.spec.none}\"]}"
    let helm = "{repositories: [{name: r, url: URL, charts: [\(chart)]}]}"
    let (report, images) = try world.packed(helm, environment: world.withHelm)
    #expect(
      images == [
        "charts/web:1.2.3 = chart web 1.2.3", "team/agent:4.0 = image of chart web 1.2.3",
        "team/app:1.0 = image of chart web 1.2.3", "team/cron:3.0 = image of chart web 1.2.3",
        "team/side:2.0 = image of chart web 1.2.3",
      ])
    #expect(
      HelmWorld.notes(report) == [
        "chart web 1.2.3: the path {.spec.none} of imagePaths finds nothing",
        "chart web 1.2.3: 'busybox' (Deployment web) is no image with a tag or a digest, and is left out: name what it "
          + "stands for under mirror.additionalImages",
      ])
    #expect(try world.digest(world.directory("given.tgz")) == world.digest(archive))
    #expect(try FileSystem.read(world.directory("releases"), limit: 100) == Array("web\n".utf8))
  }

  @Test("A chart that does not render falls back to what it says itself, and that is told")
  func unrendered() throws {
    _ = try offer()
    let helm = "{repositories: [{name: r, url: URL, charts: [{name: web, imagePaths: [\"{.a}\"]}]}]}"
    for (output, status, reason) in [
      ("", 1, "helm failed: Error: values are missing"), ("a: [", 0, "what helm wrote cannot be read"),
    ] {
      try world.installHelm(printing: output, status: status)
      let (report, images) = try world.packed(helm, environment: world.withHelm)
      #expect(images.count == 3)
      let notes = HelmWorld.notes(report)
      #expect(notes.contains { $0.contains(reason) }, "\(notes)")
      #expect(notes.contains { $0.contains("imagePaths are not looked at") }, "\(notes)")
    }
  }

  @Test("Without charts, the newest of each that can be installed is packed, and without a version the newest release")
  func all() throws {
    try world.chart("web", "1.0.0", [:])
    try world.chart("web", "2.0.0", [:])
    try world.chart("web", "3.0.0-rc.1", [:])
    try world.chart("api", "0.1.0", at: world.directory("repo/elsewhere.tgz"), ["Chart.yaml": "type: application\n"])
    try world.index(
      """
        web:
          - {version: 1.0.0, urls: [web-1.0.0.tgz]}
          - {version: 3.0.0-rc.1, urls: [web-3.0.0-rc.1.tgz]}
          - {version: 2.0.0, urls: [web-2.0.0.tgz]}
        api: [{version: 0.1.0, urls: ["\(world.url)/elsewhere.tgz"]}]
        lib: [{version: 0.1.0, type: library, urls: [none.tgz]}]
      """)
    let (report, images) = try world.packed("{repositories: [{name: r, url: URL}]}")
    #expect(images == ["charts/api:0.1.0 = chart api 0.1.0", "charts/web:2.0.0 = chart web 2.0.0"])
    let notes = HelmWorld.notes(report)
    #expect(notes.contains { $0.contains("the newest version of each of its 2 charts") })
    #expect(notes.contains { $0.contains("chart web 2.0.0 has no digest") })
    #expect(notes.contains { $0.contains("chart api 0.1.0: no image was found") })
  }

  @Test("A chart in a registry is carried byte for byte, with what refers to it")
  func registry() throws {
    let archive = try world.chart("web", "1.2.3", at: world.directory("web.tgz"), ["values.yaml": Self.values])
    _ = try world.packed("{local: [{path: \(archive)}]}")
    let store = try RegistryServer()
    try Program.succeed(world.unpack(to: store))
    let digest = RegistryStorage(store).digest(of: "1.2.3", in: "charts/web")

    let direct =
      "{repositories: [{name: r, url: \"oci://\(store.address)/charts\", charts: [{name: web, version: 1.2.3}]}]}"
    try world.index("  web: [{version: 1.2.3, urls: [\"oci://\(store.address)/charts/web:1.2.3\"]}]")
    for helm in [direct, "{repositories: [{name: r, url: URL}]}"] {
      let (_, images) = try world.packed(helm)
      #expect(images.first == "charts/web:1.2.3 = chart web 1.2.3")
      #expect(images.count == 3)
      let target = try RegistryServer()
      try Program.succeed(world.unpack(to: target))
      #expect(RegistryStorage(target).digest(of: "1.2.3", in: "charts/web") == digest)
    }
  }

  @Test("What is blocked of a chart is its images, and never the chart, wherever that lies")
  func blocked() throws {
    let archive = try world.chart("web", "1.2.3", at: world.directory("web.tgz"), ["values.yaml": Self.values])
    let local = "{local: [{path: \(archive)}]}"
    _ = try world.packed(local)
    let store = try RegistryServer()
    try Program.succeed(world.unpack(to: store))
    let published =
      "{repositories: [{name: r, url: \"oci://\(store.address)/charts\", charts: [{name: web, version: 1.2.3}]}]}"
    for helm in [local, published] {
      let blocked = "  blockedImages: [{name: charts/}, {name: web}, {name: team/app}]"
      let (_, images) = try world.packed(helm, also: blocked)
      #expect(images == ["charts/web:1.2.3 = chart web 1.2.3", "team/side:2.0 = image of chart web 1.2.3"])
    }
  }

  @Test("The same chart gives the same bundle, and one chart in two places is one")
  func deterministic() throws {
    let archive = try offer()
    let helm = "{repositories: [{name: r, url: URL}], local: [{name: web, path: \(archive)}]}"
    let (_, images) = try world.packed(helm)
    #expect(images.count == 3)
    let first = try world.digest(world.bundle)
    try FileSystem.remove(world.bundle)
    _ = try world.packed(helm)
    #expect(try world.digest(world.bundle) == first)
  }

  @Test("A run that is killed goes on without the repository, and notices a chart that has changed")
  func resumed() throws {
    let archive = try world.chart("web", "1.2.3", at: world.directory("web.tgz"), ["values.yaml": Self.values])
    let arguments = try world.pack("{local: [{path: \(archive)}]}", "--json")
    // Fails in the middle: a layer is gone.
    let storage = RegistryStorage(world.registry)
    let app = try #require(storage.digest(of: "9.1", in: "team/app"))
    let manifest = try JSONReader.value(FileSystem.read(storage.path(of: app), limit: 1 << 20), source: "app")
    let layer = storage.path(of: try Digest(manifest["layers"]?.elements?.first?["digest"]?.text ?? ""))
    try FileSystem.rename(layer, to: layer + ".away")
    #expect(try Program.run(arguments).status != 0)
    try FileSystem.rename(layer + ".away", to: layer)
    let result = try Program.succeed(arguments)
    #expect(result.output.contains("\"resumed\":true"), "\(result.output)")
    let resumed = try world.digest(world.bundle)
    try FileSystem.remove(world.bundle)
    try Program.succeed(arguments)
    #expect(try world.digest(world.bundle) == resumed)

    try FileSystem.remove(world.bundle)
    try FileSystem.rename(layer, to: layer + ".away")
    #expect(try Program.run(arguments).status != 0)
    try FileSystem.rename(layer + ".away", to: layer)
    try world.chart("web", "1.2.3", at: archive, ["values.yaml": Self.values, "README.md": "more"])
    let anew = try Program.succeed(arguments)
    #expect(anew.output.contains("\"resumed\":false"), "\(anew.output)")
  }
}
