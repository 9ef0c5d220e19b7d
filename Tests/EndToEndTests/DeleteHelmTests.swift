import Diagnostics
import SystemIO
import TestSupport
import Testing

/// Charts go one by one, each with the images that no other needs.
@Suite(
  .enabled(if: HelmWorld.isPossible, "\(HelmWorld.reason)"),
  .enabled(if: hasTool("skopeo"), "skopeo is not installed"))
struct DeleteHelmTests {
  private let world: HelmWorld
  private let target: RegistryServer

  /// Brings two versions of one chart, which share an image, and a chart from disk.
  init() throws {
    world = try HelmWorld()
    var options = RegistryServer.Options()
    options.allowsDelete = true
    target = try RegistryServer(options)
    for (version, image) in [("1.0.0", "team/side:2.0"), ("1.1.0", "team/cron:3.0")] {
      try world.chart(
        "web", version, at: world.directory("web-\(version).tgz"),
        ["values.yaml": "image: REG/team/app:1.0\nsideImage: REG/\(image)\n"])
    }
    try world.chart(
      "own", "v0.1.0", at: world.directory("own.tgz"), ["values.yaml": "image: REG/team/agent:4.0\n"])
    let paths = ["web-1.0.0.tgz", "web-1.1.0.tgz", "own.tgz"].map { "{path: \(world.directory($0))}" }
    _ = try world.packed("{local: [\(paths.joined(separator: ", "))]}")
    try Program.succeed(world.unpack(to: target))
  }

  private func generate(_ helm: String) throws -> [String] {
    let text = "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\ndelete:\n  helm: \(helm)\n"
    try FileSystem.write(Array(text.utf8), to: world.directory("delete.yaml"))
    return [
      "delete", "--generate", world.directory("list.yaml"), "-c", world.directory("delete.yaml"), "--allow-unsigned",
      "--bundle", world.bundle, "--no-keep", target.address,
    ]
  }

  private func delete(_ helm: String) throws {
    try Program.succeed(generate(helm))
    try Program.succeed([
      "delete", "--execute", world.directory("list.yaml"), "--no-keep", "--dest-tls-verify=false", target.address,
    ])
    try target.collectGarbage()
  }

  /// The names with tags that the target has, each of which can be pulled.
  private func tags() throws -> [String] {
    let tags = try RegistryStorage(target).allTags().map { String($0.prefix { $0 != " " }) }.sorted()
    for tag in tags {
      let place = try TemporaryDirectory()
      let result = try runTool(
        "skopeo", ["copy", "--src-tls-verify=false", "docker://\(target.address)/\(tag)", "dir:\(place("image"))"])
      #expect(result.status == 0, "\(tag): \(result.errors)")
    }
    return tags
  }

  @Test func oneVersionGoesAndWhatAnotherNeedsStays() throws {
    try delete("{repositories: [{name: r, url: 'https://a.b', charts: [{name: web, version: v1.0.0}]}]}")
    #expect(
      try tags() == ["charts/own:v0.1.0", "charts/web:1.1.0", "team/agent:4.0", "team/app:1.0", "team/cron:3.0"])
    let list = String(decoding: try FileSystem.read(world.directory("list.yaml"), limit: 1 << 20), as: UTF8.self)
    #expect(list.contains("type: helmChart") && list.contains("type: helmImage"))
    #expect(list.contains("neededBy: image of chart web 1.1.0 of \(world.bundle)"))
  }

  @Test func allVersionsGoWhereNoneIsNamed() throws {
    try delete("{repositories: [{name: r, charts: [{name: web}]}], local: [{name: own, path: own.tgz}]}")
    #expect(try tags() == [])
  }

  @Test func whatNoBundleHasIsNamed() throws {
    let others = "own v0.1.0, web 1.0.0, web 1.1.0"
    for (chart, words, next) in [
      ("{name: web, version: 1.0.1}", "the chart 'web 1.0.1'; did you mean web 1.0.0?", "web 1.0.0, web 1.1.0"),
      ("{name: we}", "the chart 'we'", others),
    ] {
      expectFailure(
        try Program.run(generate("{local: [\(chart)]}")), .configuration, "delete.yaml:4:", words, next: next)
    }
    #expect(!FileSystem.exists(world.directory("list.yaml")))
  }
}
