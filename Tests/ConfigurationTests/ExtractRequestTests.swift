import Configuration
import Diagnostics
import OCI
import Testing
import YAML

@Suite struct ExtractRequestTests {
  private let image = "registry.redhat.io/rhcam-1-1/openshift-migration-rhel7-operator:v1.1"

  @Test func readsWhatShallBeLiftedOutOfImages() throws {
    let requests = try read(
      """
      - image: \(image)
        paths: [/operator.yml, /deploy/controller-3.yml]
        variables: {REGISTRY: host, PROJECT: path}
        profiles: [ocp3, hub, ocp3]
      - image: quay.io/team/app:v1
        paths: [/app.yaml]
        rewriteImages: false
      """
    ).extract
    #expect(requests.map(\.image) == [try ImageReference(image), try ImageReference("quay.io/team/app:v1")])
    #expect(requests.map(\.paths) == [["/operator.yml", "/deploy/controller-3.yml"], ["/app.yaml"]])
    #expect(requests.map(\.rewritesImages) == [true, false])
    #expect(requests.map(\.variables) == [[.host: "REGISTRY", .path: "PROJECT"], [:]])
    #expect(requests.map(\.profiles) == [["hub", "ocp3"], []])
    #expect(requests.map(\.position.line) == [5, 9])
  }

  @Test(arguments: [
    "operator.yml", "./operator.yml", "/../operator.yml", "/deploy/../operator.yml", "/deploy/..", "/",
    "//operator.yml",
    "/deploy/", "/./operator.yml", "''",
  ])
  func refusesPathsThatAreNotThoseOfAFileFromTheRoot(path: String) {
    let error = failure("- {image: \"\(image)\", paths: [\(path)]}")
    #expect(error?.problem.contains("is not the path of a file from the image's root") == true, "\(path)")
    #expect(error?.problem.hasPrefix("isc.yaml:5:") == true)
    #expect(error?.code == .configuration)
  }

  @Test(arguments: [
    ("- {paths: [/a]}", "mirror.extract[].image is missing"),
    ("- {image: quay.io/team/app, paths: [/a]}", "'quay.io/team/app' has neither a tag nor a digest"),
    ("- {image: 'quay.io/team/app:v1'}", "mirror.extract[].paths is missing"),
    ("- {image: 'quay.io/team/app:v1', paths: []}", "paths names 0 files, and 1 to 64 are possible"),
    ("- {image: 'quay.io/team/app:v1', paths: [/a, /a]}", "the path '/a' stands twice"),
    ("- {image: 'quay.io/team/app:v1', paths: [/a], rewriteImages: maybe}", "true or false is wanted here"),
    (
      "- {image: 'quay.io/team/app:v1', paths: [/a], variables: {REGISTRY: registry}}",
      "the value of REGISTRY is one of an image's parts: host or path"
    ),
    ("- {image: 'quay.io/team/app:v1', paths: [/a], variables: {PROJECT: path}}", "no variable is the host"),
    (
      "- {image: 'quay.io/team/app:v1', paths: [/a], variables: {REGISTRY: host, OTHER: host}}",
      "a second variable is the host"
    ),
    (
      "- {image: 'quay.io/team/app:v1', paths: [/a], rewriteImages: false, variables: {REGISTRY: host}}",
      "variables have no effect with rewriteImages: false"
    ),
    ("- {image: 'quay.io/team/app:v1', paths: [/a], profiles: [Hub]}", "the profile 'Hub' is not made of"),
    ("- {image: 'quay.io/team/app:v1', paths: [/a], profiles: [-hub]}", "the profile '-hub' is not made of"),
    ("- {image: 'quay.io/team/app:v1', paths: [/a], path: /b}", "has no field 'path'; did you mean paths?"),
    (
      "- {image: 'quay.io/team/app:v1', paths: [/a]}\n- {image: 'quay.io/team/app:v1', paths: [/b, /a]}",
      "/a of quay.io/team/app:v1 is asked for twice, first in line 5"
    ),
  ])
  func namesThePlaceOfWhatIsWrong(list: String, problem: String) {
    let error = failure(list)
    #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "no error")")
    #expect(error?.problem.hasPrefix("isc.yaml:") == true)
  }

  private func failure(_ list: String) -> SealiftError? {
    #expect(throws: SealiftError.self) { try read(list) }
  }

  private func read(_ list: String) throws -> ImageSetConfiguration {
    let lines = list.split(separator: "\n").map { "  \($0)\n" }.joined()
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n  extract:\n\(lines)"
    return try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml")
  }
}
