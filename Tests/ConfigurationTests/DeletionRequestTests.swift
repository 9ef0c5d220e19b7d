import Configuration
import Diagnostics
import Testing

@Suite struct DeletionRequestTests {
  private static let header = "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\n"

  private func read(_ delete: String) throws -> DeletionRequest {
    try DeletionRequest(Array((Self.header + "delete:\n" + delete).utf8), source: "disc.yaml")
  }

  @Test func readsWhatIsToBeDeleted() throws {
    let request = try read(
      """
        platform:
          graph: true
          channels: [{name: stable-4.16, minVersion: 4.16.0, maxVersion: 4.16.9}]
        operators:
        - {catalog: "quay.io/a/b:v1", packages: [{name: foo, maxVersion: 1.2.3}]}
        - {catalog: "quay.io/a/c:v1"}
        additionalImages: [{name: "quay.io/team/app:1.4"}]
        helm:
          repositories: [{name: a, url: "https://a.b/c", charts: [{name: web}, {name: web, version: 1.2.3}]}]
          local: [{name: own, path: ./own.tgz}]
      """)
    #expect(request.platform?.graph == true && request.platform?.channels.count == 1)
    #expect(request.operators.map(\.isWhole) == [false, true])
    #expect(request.additionalImages.count == 1)
    #expect(request.charts.map(\.name) == ["web", "web", "own"])
    #expect(request.charts.map(\.version) == [nil, "1.2.3", nil])
  }

  static let refusals: [(text: String, words: String)] = [
    ("  {}", "nothing is named"), ("  platform: {}", "nothing is named"),
    ("  blockedImages: [{name: a}]", "nothing is named"), ("  samples: []", "delete.samples"),
    ("  blockedImages: [{name: '('}]\n  platform: {graph: true}", "the pattern '('"),
    ("  blockedImages: [{nam: a}]", "delete.blockedImages[]"),
    ("  helm: {}", "nothing is named"), ("  helm: {local: [{path: a.tgz}]}", "delete.helm.local[].name is missing"),
    ("  helm: {repositories: [{name: a, url: 'https://a.b'}]}", "names no charts"),
    ("  operator: []", "did you mean operators?"),
    ("  platform: {channels: [{name: stable-4.16}]}", "does not say which versions"),
    ("  platform: {channels: [{name: stable-4.16, full: true, shortestPath: true}]}", "shortestPath"),
    ("  platform: {chanels: []}", "delete.platform has no field 'chanels'"),
    ("  operators: [{catalog: 'a.b/c:d', targetTag: e}]", "targetTag of the catalog"),
    ("  operators: [{catalog: 'a.b/c:d', packages: [{name: x, nam: y}]}]", "delete.operators[].packages[]"),
    ("  additionalImages: [{nam: a}]", "delete.additionalImages[]"),
  ]

  @Test(arguments: refusals)
  func refusesByName(_ refusal: (text: String, words: String)) throws {
    let error = #expect(throws: SealiftError.self) { try read(refusal.text) }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains(refusal.words) == true, "\(error?.problem ?? "")")
    #expect(error?.problem.hasPrefix("disc.yaml:") == true)
  }

  @Test func refusesOtherFiles() throws {
    for (text, words) in [
      ("kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror: {}", "says what to pack"),
      ("kind: DeleteImageSet\napiVersion: mirror.openshift.io/v2alpha1\n", "is not the kind"),
      (Self.header + "mirror: {}", "belongs to an ImageSetConfiguration"),
      (Self.header + "archiveSize: 4", "archiveSize"),
      (Self.header, "delete is missing"),
    ] {
      let error = #expect(throws: SealiftError.self) { try DeletionRequest(Array(text.utf8), source: "disc.yaml") }
      #expect(error?.problem.contains(words) == true, "\(error?.problem ?? "")")
    }
  }
}
