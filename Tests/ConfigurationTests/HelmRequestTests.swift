import Charts
import Configuration
import Diagnostics
import Testing

struct HelmRequestTests {
  private func read(_ helm: String) throws -> ImageSetConfiguration {
    let text = "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\nmirror:\n  helm: \(helm)"
    return try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml")
  }

  @Test("Charts are asked for as in oc-mirror")
  func reads() throws {
    let helm = try #require(
      try read(
        """

            repositories:
              - name: podinfo
                url: https://stefanprodan.github.io/podinfo
                charts:
                  - name: podinfo
                    version: 5.0.0
                    imagePaths: ["{.spec.template.spec.custom[*].image}"]
                  - name: other
              - {name: reg, url: "oci://quay.io/charts", charts: [{name: a, version: 1.0.0}]}
              - {name: all, url: "https://example.com"}
            local: [{name: web, path: ./web-1.0.0.tgz}, {path: b.tgz, imagePaths: [.spec.image]}]
        """
      ).helm)
    #expect(helm.repositories.map(\.name) == ["podinfo", "reg", "all"])
    #expect(helm.repositories[0].charts.map(\.version) == ["5.0.0", nil])
    #expect(helm.repositories[0].charts[0].imagePaths == [try JSONPath("{.spec.template.spec.custom[*].image}")])
    #expect(helm.repositories[2].charts.isEmpty)
    #expect(helm.local.map(\.name) == ["web", nil])
    #expect(helm.local.map(\.path) == ["./web-1.0.0.tgz", "b.tgz"])
    #expect(!helm.asksForNothing)
    #expect(try read("{}").helm?.asksForNothing == true)
  }

  @Test(
    "What is wrong is named with its place",
    arguments: [
      ("{local: [{name: a}]}", "isc.yaml:4:18: mirror.helm.local[].path is missing"),
      ("{repositories: [{name: a}]}", "isc.yaml:4:25: mirror.helm.repositories[].url is missing"),
      ("{repositories: [{name: a, url: ftp://x}]}", "begins with none of https://, http:// and oci://"),
      ("{repositories: [{name: a, url: 'https://u:p@x'}]}", "url holds a user name"),
      ("{repositories: [{name: a, url: 'oci://x/y'}]}", "is a registry, which has no list of charts"),
      ("{repositories: [{name: a, url: 'oci://x/y', charts: [{name: b}]}]}", "is in a registry and has no version"),
      (
        "{repositories: [{name: a, url: 'https://x', charts: [{name: b, platforms: [{}]}]}]}",
        "charts[].platforms[].os is missing"
      ),
      (
        "{repositories: [{name: a, url: 'https://x', charts: [{name: b, values: {a: 1}}]}]}",
        "charts[].values is not supported"
      ),
      ("{local: [{path: a, imagePaths: ['{.a[?(@.b)]}']}]}", "has a filter at character 5, which is not supported"),
      ("{locale: []}", "did you mean local?"), ("{local: [a]}", "a mapping of keys to values is wanted here"),
    ])
  func refuses(_ helm: String, _ problem: String) throws {
    let error = try #require(throws: SealiftError.self) { try read(helm) }
    #expect(error.code == .configuration)
    #expect(error.problem.hasPrefix("isc.yaml:4:"))
    #expect(error.problem.contains(problem), "\(error.problem)")
  }

  @Test("What changes nothing is noted, and a chart that stands twice is one")
  func takesWhatChangesNothing() throws {
    let configuration = try read(
      "{repositories: [{url: 'https://x', charts: [{name: b, path: c}, {name: b, imagePaths: [.a]}]}, "
        + "{name: a, url: 'https://y'}, {name: a, url: 'https://z'}], local: [{path: a, version: 1.0.0}]}")
    let helm = try #require(configuration.helm)
    #expect(helm.repositories.map(\.name) == ["https://x", "a", "a"])
    #expect(helm.repositories[0].charts.map(\.imagePaths.count) == [1])
    #expect(
      configuration.notes.map { $0.text.drop { $0 != " " }.dropFirst() } == [
        "mirror.helm.repositories[].charts[].path has no effect, because it belongs to mirror.helm.local, and this chart "
          + "comes from a repository; you can remove it",
        "mirror.helm.local[].version has no effect, because a chart on disk says its version itself; you can remove it",
      ])
  }
}
