import Charts
import Diagnostics
import Testing

struct ChartTests {
  private static let head = "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"9.1\"\n"

  private func chart(_ files: [String: String]) throws -> Chart {
    try Chart(files.mapValues { Array($0.utf8) }, source: "web.tgz")
  }

  @Test(
    "Values name images in the shapes that charts have",
    arguments: [
      ("image: quay.io/team/app:1", ["image quay.io/team/app:1"]),
      ("image: {repository: quay.io/team/app, tag: \"2\"}", ["image quay.io/team/app:2"]),
      ("image: {repository: quay.io/team/app}", ["image quay.io/team/app:9.1"]),
      ("image: {repository: quay.io/team/app, tag: \"\"}", ["image quay.io/team/app:9.1"]),
      ("image: {repository: quay.io/team/app, tag: ~}", ["image quay.io/team/app:9.1"]),
      ("image: {registry: quay.io, repository: team/app, tag: 1.10}", ["image quay.io/team/app:1.10"]),
      (
        "image: {repository: quay.io/team/app, tag: v1, digest: sha256:ab}", ["image quay.io/team/app:v1@sha256:ab"]
      ),
      (
        "controller: {image: {registry: r.io, image: in/controller, tag: v1}}",
        ["controller.image r.io/in/controller:v1"]
      ),
      ("metrics: {image: {name: quay.io/team/m, tag: v1}}", ["metrics.image quay.io/team/m:v1"]),
      ("webhook: {repository: quay.io/team/w, tag: v3, pullPolicy: Always}", ["webhook quay.io/team/w:v3"]),
      ("sidecarImage: quay.io/team/s:1", ["sidecarImage quay.io/team/s:1"]),
      ("image: quay.io/team/app\nimageTag: v7", ["image quay.io/team/app"]),
      ("a: {image: quay.io/team/app, imageTag: v7}", ["a quay.io/team/app:v7"]),
      (
        "list: [{image: quay.io/a:1}, {image: quay.io/b:1}]",
        ["list[0].image quay.io/a:1", "list[1].image quay.io/b:1"]
      ),
      (
        "global: {imageRegistry: mirror.io}\nimage: {registry: quay.io, repository: a/b, tag: v1}",
        ["image mirror.io/a/b:v1"]
      ),
      ("image: {pullPolicy: Always}\nrepository: https://example.com/git\nimage2: x", []),
      ("image: {repository: \"\", tag: \"\"}\ninitImage: \"\"", []),
      ("base: &i {repository: quay.io/a/b, tag: v1}\nimage: *i", ["base quay.io/a/b:v1", "image quay.io/a/b:v1"]),
      (
        "d: &d {repository: quay.io/a/b, tag: v1}\nx: {image: {<<: *d, tag: v2}}",
        ["d quay.io/a/b:v1", "x.image quay.io/a/b:v2"]
      ),
    ])
  func shapes(_ values: String, _ expected: [String]) throws {
    let found = try chart(["Chart.yaml": Self.head, "values.yaml": values]).namedImages()
    #expect(found.inValues.map { "\($0.place) \($0.text)" } == expected)
    #expect(found.problems.isEmpty)
  }

  @Test("A chart within has its own values, those of its parent over them, and its own version")
  func subcharts() throws {
    let found = try chart([
      "Chart.yaml": Self.head + """
        dependencies:
          - {name: cache, alias: first}
          - {name: cache, alias: second}
        """,
      "values.yaml": "first: {image: {tag: v2}}\nglobal: {imageRegistry: mirror.io}",
      "charts/cache/Chart.yaml": "name: cache\nversion: 0.1.0\nappVersion: 7.0.0\n",
      "charts/cache/values.yaml": "image: {registry: quay.io, repository: team/cache}",
      "charts/db-1.0.0.tgz/Chart.yaml": "name: db\nversion: v1.0.0\n",
      "charts/db-1.0.0.tgz/values.yaml": "image: quay.io/team/db:16",
    ]).namedImages()
    #expect(
      found.inValues.map { "\($0.place) \($0.text)" } == [
        "first.image mirror.io/team/cache:v2", "second.image mirror.io/team/cache:7.0.0", "db.image quay.io/team/db:16",
      ])
  }

  @Test("The publisher's list of images counts, also of charts within")
  func listed() throws {
    let list =
      "annotations:\n  artifacthub.io/images: |\n    - name: a\n      image: quay.io/a:1\n    - image: quay.io/b:2\n"
    let inner = "name: in\nversion: 1.0.0\nannotations: {artifacthub.io/images: '[{image: quay.io/c:3}]'}"
    let found = try chart(["Chart.yaml": Self.head + list, "charts/in/Chart.yaml": inner]).namedImages()
    #expect(found.listed.map(\.text) == ["quay.io/a:1", "quay.io/b:2", "quay.io/c:3"])
  }

  @Test(
    "What cannot be read is said",
    arguments: [
      ("values.yaml", "a: [", "values.yaml"), ("values.yaml", "a: *none", "stands for nothing"),
      ("values.yaml", Self.bomb, "more than 1000000 values"),
    ])
  func problems(_ path: String, _ text: String, _ problem: String) throws {
    let found = try chart(["Chart.yaml": Self.head, path: text]).namedImages()
    let first = try #require(found.problems.first)
    #expect(first.contains(problem), "\(first)")
  }

  private static let bomb =
    "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + (1...12).map { n in
      "a\(n): &a\(n) [\(Array(repeating: "*a\(n - 1)", count: 10).joined(separator: ", "))]\n"
    }.joined()

  @Test(
    "A chart that is none is refused",
    arguments: [
      ([:], "has no Chart.yaml"), (["Chart.yaml": "version: 1.0.0"], "has no name"),
      (["Chart.yaml": "name: ../x\nversion: 1.0.0"], "has no name"),
      (["Chart.yaml": "name: x\nversion: \"1.0\""], "has no version"),
      (["Chart.yaml": "name: ["], "Chart.yaml of web.tgz"),
      (["Chart.yaml": Self.head, "charts/x/values.yaml": "a: 1"], "charts/x of web.tgz has no Chart.yaml"),
    ] as [([String: String], String)])
  func refused(_ files: [String: String], _ problem: String) throws {
    let error = try #require(throws: SealiftError.self) { try chart(files) }
    #expect(error.problem.contains(problem), "\(error.problem)")
  }

  @Test("Charts that are nested without end are refused")
  func nested() throws {
    var files: [String: String] = [:]
    for depth in 0...Chart.maximumDepth + 1 {
      files[String(repeating: "charts/web/", count: depth) + "Chart.yaml"] = Self.head
    }
    let error = try #require(throws: SealiftError.self) { try chart(files) }
    #expect(error.problem.contains("deeper than \(Chart.maximumDepth)"))
  }

  @Test(
    "Only the files that say something are read",
    arguments: [
      ("Chart.yaml", true), ("values.yaml", true), ("charts/a/values.yaml", true),
      ("charts/a/charts/b/Chart.yaml", true),
      ("charts/a.tgz/Chart.yaml", true), ("templates/values.yaml", false), ("charts/_a/values.yaml", false),
      ("charts/values.yaml", false), ("a/charts/b/values.yaml", false), ("", false),
    ])
  func limits(_ path: String, _ isRead: Bool) {
    #expect((Chart.limit(of: path) != nil) == isRead)
  }
}
