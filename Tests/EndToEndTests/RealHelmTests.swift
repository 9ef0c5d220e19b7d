import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Charts with the real `helm` on both sides of the gap, old and new.
@Suite(
  .enabled(if: HelmWorld.isPossible, "\(HelmWorld.reason)"),
  .enabled(if: ClusterClients.areInstalled, "\(ClusterClients.reason)"))
struct RealHelmTests {
  private let world: HelmWorld

  init() throws { world = try HelmWorld() }

  /// A chart as people write it: helpers, a default tag, a part that is off, a chart in it, a hook, an object of its own.
  private static let files = [
    "Chart.yaml": "dependencies: [{name: side, version: 0.1.0, alias: helper}]\n",
    "values.yaml": """
    image: {repository: REG/team/app}
    agent: {enabled: false, image: "REG/team/cron:3.0"}
    helper: {image: "REG/team/side:2.0"}

    """,
    "templates/_helpers.tpl": """
    {{- define "web.image" -}}
    {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
    {{- end }}
    """,
    "templates/web.yaml": """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: "{{ .Release.Name }}-web", labels: {"helm.sh/chart": "{{ .Chart.Name }}"}}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: {{ include "web.image" . | quote }}}]}
    {{- if .Values.agent.enabled }}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: agent}
    spec: {containers: [{name: agent, image: {{ .Values.agent.image | quote }}}]}
    {{- end }}

    """,
    "templates/agent.yaml": """
    apiVersion: example.com/v1
    kind: Agent
    metadata: {name: agent}
    spec: {ref: "REG/team/agent:4.0"}

    """,
    "templates/NOTES.txt": "{{ .Release.Name }} is there\n",
    "charts/side/Chart.yaml": "apiVersion: v2\nname: side\nversion: 0.1.0\n",
    "charts/side/values.yaml": "image: none\n",
    "charts/side/templates/job.yaml": """
    apiVersion: batch/v1
    kind: Job
    metadata: {name: before, annotations: {"helm.sh/hook": pre-install}}
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: b, image: "{{ .Values.image }}"}]}}}

    """,
  ]

  /// What Helm leaves out, adds or reads in its own way.
  private static let oddities = [
    "Chart.yaml": """
    description: ""
    deprecated: false
    home: https://example.com
    keywords: [a, 1.10]
    sources: []
    maintainers: [{name: Ada, email: ""}, {name: Bo, url: "https://b.example.com"}]
    annotations: {a/b: 1.50, "c": "- <d>: &\\n"}

    """,
    "requirements.yaml": """
    dependencies:
      - {name: side, version: 0.1.0, alias: helper, enabled: false, tags: [], import-values: [data, {child: a, parent: b}]}
      - {name: other, repository: "https://charts.example.com", condition: other.enabled, version: 1.x}

    """,
  ]

  private static let images = [
    "charts/web:1.2.3_b1 = chart web 1.2.3+b1", "team/agent:4.0 = image of chart web 1.2.3+b1",
    "team/app:9.1 = image of chart web 1.2.3+b1", "team/side:2.0 = image of chart web 1.2.3+b1",
  ]

  private func chart(_ more: [String: String] = [:]) throws -> String {
    try world.chart(
      "web", "1.2.3+b1", at: world.directory("web.tgz"), Self.files.merging(more) { _, new in new })
  }

  private func cluster() throws -> ClusterDouble {
    try ClusterDouble(
      kinds: ClusterDouble.Kind.openShift + [
        ClusterDouble.Kind("apps/v1", "Deployment", "deployments", isNamespaced: true),
        ClusterDouble.Kind("batch/v1", "Job", "jobs", isNamespaced: true),
        ClusterDouble.Kind("example.com/v1", "Agent", "agents", isNamespaced: true),
      ])
  }

  @Test(
    "What is packed, each helm renders, takes back byte for byte, and would install", arguments: ClusterClients.helm)
  func journey(version: String) throws {
    let archive = try chart()
    try FileSystem.write(Array("signed".utf8), to: archive + ".prov")
    try world.installHelm(version)
    let (report, images) = try world.packed(
      "{local: [{path: \(archive), imagePaths: [\"{.spec.ref}\"]}]}", environment: world.withHelm)
    #expect(images == Self.images && HelmWorld.notes(report).isEmpty, "\(report)")

    let target = try RegistryServer()
    try Program.succeed(world.unpack(to: target, "--manifests", world.directory("out")))
    let place = ["oci://\(target.address)/charts/web", "--version", "1.2.3+b1"]
    let steps = String(
      decoding: try FileSystem.read(world.directory("out/NEXT-STEPS.md"), limit: 1 << 20), as: UTF8.self)
    #expect(steps.contains("helm install web \(place.joined(separator: " "))\n"), "\(steps)")

    let pulled = try world.helm(version, ["pull"] + place + ["--prov", "-d", world.directory("out")])
    #expect(pulled.status == 0, "\(pulled.errors)")
    for end in ["", ".prov"] {
      let bytes = try FileSystem.read(world.directory("out/web-1.2.3+b1.tgz\(end)"), limit: 1 << 20)
      #expect(try bytes == FileSystem.read(archive + end, limit: 1 << 20))
    }
    let rendered = try world.helm(version, ["template", "web"] + place)
    #expect(rendered.status == 0 && rendered.output.contains("\(world.registry.address)/team/app:9.1"))

    // helm 3 asks the cluster what it serves even where it installs nothing.
    let cluster = try cluster()
    let dryRun = version.hasPrefix("3.9") ? "--dry-run" : "--dry-run=server"
    let options = [dryRun, "--disable-openapi-validation"]
    let installed = try world.helm(version, ["install", "web"] + place + options, on: cluster)
    #expect(installed.status == 0 && installed.output.contains("web is there"), "\(installed.errors)")
    #expect(cluster.changes.isEmpty)
  }

  @Test("A chart is at the target as each helm would have pushed it", arguments: ClusterClients.helm)
  func pushed(version: String) throws {
    let archive = try chart(Self.oddities)
    try world.installHelm(version)
    _ = try world.packed("{local: [{path: \(archive)}]}", environment: world.withHelm)
    let (ours, theirs) = (try RegistryServer(), try RegistryServer())
    try Program.succeed(world.unpack(to: ours))
    let push = try world.helm(version, ["push", archive, "oci://\(theirs.address)/charts"])
    #expect(push.status == 0, "\(push.errors)")

    let manifests = try [ours, theirs].map { server in
      try content(RegistryStorage(server).digest(of: "1.2.3_b1", in: "charts/web"), of: server)
    }
    let layers = try manifests.map { JSONWriter.bytes(of: try #require($0["layers"])) }
    #expect(layers[0] == layers[1])
    #expect(manifests[0]["config"]?["mediaType"] == manifests[1]["config"]?["mediaType"])
    let configs = try zip(manifests, [ours, theirs]).map { manifest, server in
      try content(Digest(manifest["config"]?["digest"]?.text ?? ""), of: server)
    }
    #expect(JSONWriter.bytes(of: configs[0]) == JSONWriter.bytes(of: configs[1]))
    // The old one annotates nothing.
    let annotations = manifests.map { manifest in
      (manifest["annotations"]?.members ?? []).filter { !$0.name.hasSuffix(".created") }.map { "\($0)" }.sorted()
    }
    #expect(version == "3.9.4" || annotations[0] == annotations[1])

    // What helm has pushed is packed again as it is.
    let source = "{name: r, url: \"oci://\(theirs.address)/charts\", charts: [{name: web, version: 1.2.3+b1}]}"
    let (_, images) = try world.packed("{repositories: [\(source)]}", environment: world.withHelm)
    #expect(images.contains("charts/web:1.2.3_b1 = chart web 1.2.3+b1"))
    let target = try RegistryServer()
    try Program.succeed(world.unpack(to: target))
    let digest = RegistryStorage(theirs).digest(of: "1.2.3_b1", in: "charts/web")
    #expect(RegistryStorage(target).digest(of: "1.2.3_b1", in: "charts/web") == digest)
  }

  private func content(_ digest: Digest?, of server: RegistryServer) throws -> JSONValue {
    let path = RegistryStorage(server).path(of: try #require(digest))
    return try JSONReader.value(FileSystem.read(path, limit: 1 << 20), source: "the registry")
  }

  @Test("A repository that each helm has made is read", arguments: ClusterClients.helm)
  func repository(version: String) throws {
    _ = try chart()
    try world.installHelm(version)
    let folder = try #require(
      runOrFail("find", [world.directory("made"), "-name", "web", "-type", "d"]).split(separator: "\n").first)
    for arguments in [
      ["package", String(folder), "-d", world.directory("repo")], ["repo", "index", world.directory("repo")],
    ] {
      let result = try world.helm(version, arguments)
      #expect(result.status == 0, "\(result.errors)")
    }
    let helm = "{repositories: [{name: r, url: URL, charts: [{name: web, imagePaths: [\"{.spec.ref}\"]}]}]}"
    let (_, images) = try world.packed(helm, environment: world.withHelm)
    #expect(images == Self.images)
  }

  @Test("What each helm refuses to render falls back to the values, with its reason", arguments: ClusterClients.helm)
  func refused(version: String) throws {
    let archive = try chart(["templates/more.yaml": "host: {{ required \"say a host\" .Values.host }}\n"])
    try world.installHelm(version)
    let (report, images) = try world.packed("{local: [{path: \(archive)}]}", environment: world.withHelm)
    #expect(images.contains("team/cron:3.0 = image of chart web 1.2.3+b1"))
    let notes = HelmWorld.notes(report)
    #expect(notes.contains { $0.contains("helm failed: Error: ") && $0.contains("say a host") }, "\(notes)")
  }

  @Test("Each kubectl shows and applies what a bundle writes", arguments: ClusterClients.kubectl)
  func applied(version: String) throws {
    let archive = try chart()
    _ = try world.packed("{local: [{path: \(archive)}]}")
    let out = world.directory("out")
    try Program.succeed(world.unpack(to: try RegistryServer(), "--manifests", out, "--manifests-only"))
    let cluster = try ClusterDouble()
    let apply = { (words: [String]) in
      let kubectl = try ClusterClients.path("kubectl", version)
      let arguments = ["apply", "-R", "--validate=false", "-f", out] + words
      return try runTool(kubectl, arguments, environment: cluster.environment.map { "\($0)=\($1)" })
    }
    let shown = try apply(["--dry-run=client", "-o", "yaml"])
    #expect(shown.status == 0 && shown.output.contains("kind: ImageTagMirrorSet"), "\(shown.errors)")
    #expect(cluster.objects.isEmpty)
    #expect(try apply([]).output.contains("itms-generic-0 created"))
    #expect(try apply([]).output.contains("itms-generic-0 unchanged"))
  }
}
