import BundleFormat
import Diagnostics
import JSON
import TestSupport
import Testing

/// What an auditor sees of the objects that would be applied, of files, and of the program that travels along.
@Suite struct InspectCarriedTests {
  private let directory: TemporaryDirectory
  private let bundle: String
  private let release: TinyRelease
  private static let binding = "config/ClusterRoleBinding/system_mover.yaml"
  private static let role = "config/Role/team_reader.yaml"

  init() throws {
    directory = try TemporaryDirectory()
    bundle = directory("a.tar.zst")
    var release = TinyRelease.carrying
    release.templates[Self.binding] = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRoleBinding
      metadata:
        name: system:mover

      """
    release.templates[Self.role] = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata:
        name: reader
        namespace: team

      """
    release.carriedObjects += [Self.binding, Self.role].map {
      .init(path: $0, profiles: [], source: "rbac.yaml")
    }
    self.release = release
    try TinyBundle(layers: [.gzip([1])], keys: [], release: release).write(to: bundle)
  }

  @Test func theDocumentSaysOfEachObjectWhatItIsAndWhoIsGivenIt() throws {
    let found = try inspected(bundle)
    let manifests = try #require(found["manifests"]?.elements)
    #expect(manifests.map { $0["kind"]?.text } == ["ClusterRoleBinding", "ConfigMap", "ImageDigestMirrorSet", "Role"])
    #expect(manifests.map { $0["name"]?.text } == ["system:mover", "settings", "idms-release-0", "reader"])
    #expect(manifests.map { $0["namespace"]?.text } == [nil, "tiny", nil, "team"])
    #expect(manifests.map { $0["grants"]?.text } == ["grants rights", nil, nil, "grants rights"])
    #expect(manifests.map { $0["source"]?.text } == ["rbac.yaml", "manifests/settings.yaml", nil, "rbac.yaml"])
    #expect(manifests[1]["profiles"]?.elements?.compactMap(\.text) == ["edge", "hub"])
    #expect(manifests[3]["path"]?.text == Self.role)
    #expect(found["profiles"]?.elements?.compactMap(\.text) == ["edge", "hub"])
  }

  @Test func theDocumentListsFilesAndTools() throws {
    let found = try inspected(bundle)
    let file = try #require(found["files"]?.elements?.first)
    #expect(file["name"]?.text == "tiny-1.0.tar.gz")
    #expect(file["size"]?.integer == 1)
    #expect(file["digest"]?.text?.hasPrefix("sha256:") == true)
    #expect(file["source"]?.text == "https://files.example/tiny-1.0.tar.gz")
    #expect(file["profiles"]?.elements?.compactMap(\.text) == ["hub"])
    let tool = try #require(found["tools"]?.elements?.first)
    #expect(tool["path"]?.text == "bin/tiny")
    #expect(tool["size"]?.integer == release.key.count)
  }

  @Test func peopleCannotMissWhatGrantsRights() throws {
    let output = try Program.succeed(["inspect", bundle]).output
    let lines = output.split(separator: "\n").map { $0.drop { $0 == " " } }
    #expect(
      lines.contains("ATTENTION   ClusterRoleBinding system:mover grants rights: inspect --show \(Self.binding)"))
    #expect(lines.contains("Role team/reader grants rights: inspect --show \(Self.role)"))
    #expect(lines.contains("ConfigMap: tiny/settings, for edge and hub, from manifests/settings.yaml"))
    #expect(lines.contains("profiles    edge, hub"))
    #expect(output.contains("files       tiny-1.0.tar.gz, 1 B, for hub, sha256:"))
    #expect(output.contains("beside it   1 file of sealift itself, 18 B, in NAME.sealift"))
  }

  @Test(arguments: ["config/", "config"])
  func allTextsAreShownAtOnce(_ all: String) throws {
    let output = try Program.succeed(["inspect", bundle, "--show", all]).output
    let expected = release.templates.sorted { $0.key < $1.key }.map { "---\n# \($0.key)\n\($0.value)" }.joined()
    #expect(output == expected)
    #expect(try inspected(bundle, "--show", all)["shown"]?.text == expected)
  }

  @Test func thoseOfAKindOrOfSeveralAre() throws {
    for kind in ["ClusterRoleBinding", "config/ClusterRoleBinding", "config/ClusterRoleBinding/"] {
      #expect(try Program.succeed(["inspect", bundle, "--show", kind]).output == release.templates[Self.binding])
    }
    let both = try Program.succeed(["inspect", bundle, "--show", Self.role, "--show", "ClusterRoleBinding"]).output
    #expect(both.hasPrefix("---\n# \(Self.binding)\n"))
    #expect(both.contains("---\n# \(Self.role)\n"))
    expectFailure(try Program.run(["inspect", bundle, "--show", "config/", "--show", "Rol"]), .notFound, "Rol")
  }
}
