import Configuration
import Diagnostics
import OCI
import Release
import Testing
import Versions
import YAML

@Suite struct PlatformRequestTests {
  @Test func readsAPlatformAsUsersWriteIt() throws {
    let digest = "sha256:\(String(repeating: "ab", count: 32))"
    let platform = try #require(
      try read(
        """
        graph: true
        architectures: [amd64, "multi", amd64]
        channels:
        - name: stable-4.18            # two of its releases
          type: ocp
          minVersion: 4.18.1
          maxVersion: '4.18.9'
          shortestPath: true
        - name: stable-4.17
        - {name: 4-scos-stable, type: okd, full: true}
        - {name: candidate-4.19, minVersion: 4.19.0-rc.1}
        release: quay.io/openshift-release-dev/ocp-release@\(digest)
        kubeVirtContainer: true
        platforms: []
        """))
    #expect(platform.graph && platform.kubeVirtContainer && !platform.asksForNothing)
    #expect(platform.architectures == [.amd64, .multi])
    #expect(platform.release == (try ImageReference("quay.io/openshift-release-dev/ocp-release@\(digest)")))
    #expect(
      platform.channels == [
        ReleaseChannel(
          "stable-4.18", minimum: SemanticVersion("4.18.1"), maximum: SemanticVersion("4.18.9"), shortestPath: true),
        ReleaseChannel("stable-4.17"), ReleaseChannel("4-scos-stable", kind: .okd, full: true),
        ReleaseChannel("candidate-4.19", minimum: SemanticVersion("4.19.0-rc.1")),
      ])
    #expect(platform.position.line == 5)
  }

  @Test func amd64IsMeantWhereNoArchitectureIsNamed() throws {
    for architectures in ["", "architectures:", "architectures: []"] {
      let platform = try #require(try read("\(architectures)\nrelease: quay.io/a/b:4.18.1-x86_64"))
      #expect(platform.architectures == [.amd64])
      #expect(platform.release?.tag == "4.18.1-x86_64")
      #expect(!platform.graph && !platform.kubeVirtContainer && platform.channels.isEmpty)
    }
  }

  @Test(arguments: [("graph: true", false), ("channels: []", true), ("release: a.b/c:d", false)])
  func knowsWhetherAnythingIsAskedFor(body: String, nothing: Bool) throws {
    #expect(try #require(try read(body)).asksForNothing == nothing)
  }

  @Test(arguments: [
    ("chanels: []", "5:3: mirror.platform has no field 'chanels'; did you mean channels?"),
    (
      "platforms: [{os: linux}]",
      "5:15: mirror.platform.platforms[].architecture is missing"
    ),
    (
      "platforms: [{os: linux, architecture: x86_64}]",
      "5:41: the architecture 'x86_64' is not known; did you mean amd64?"
    ),
    (
      "platforms: [{os: linux, architecture: amd64, variant: v8}]",
      "5:48: mirror.platform.platforms[] has no field 'variant'; its fields are os, architecture"
    ),
    (
      "platforms: [{os: linux, architecture: 'a/b'}]",
      "5:41: the architecture 'a/b' is not known; write it as images have it, such as linux and amd64"
    ),
    (
      "architectures: [amd64]\nplatforms: [{os: linux, architecture: arm64}]",
      "6:14: platforms and architectures are both given"
    ),
    ("kubeVirtContainer: 1", "5:22: true or false is wanted here, and this is '1'"),
    ("channels: stable-4.18", "5:13: a list is wanted here, and this is 'stable-4.18'"),
    (
      "channels: [stable-4.18]",
      "5:14: a mapping of keys to values is wanted here, and this is 'stable-4.18'"
    ),
    ("channels: [{type: ocp}]", "5:14: mirror.platform.channels[].name is missing"),
    ("channels: [{name: a b}]", "5:21: 'a b' is not the name of a channel, such as stable-4.18"),
    ("channels: [{name: a/../b}]", "5:21: 'a/../b' is not the name of a channel, such as stable-4.18"),
    (
      "channels:\n  - name: stable-4.18\n  - name: stable-4.18",
      "7:13: the channel 'stable-4.18' stands twice, first in line 6"
    ),
    ("channels: [{name: a, type: ocd}]", "5:30: the type 'ocd' is not known; did you mean ocp?"),
    (
      "channels: [{name: a, minversions: 4.18.1}]",
      "5:24: mirror.platform.channels[] has no field 'minversions'; did you mean minVersion?"
    ),
    (
      "channels: [{name: a, minVersion: 4.18.x}]",
      "5:36: minVersion '4.18.x' is not a version such as 4.18.1 or 4.18"
    ),
    (
      "channels: [{name: a, maxVersion: 4.18.1.2}]",
      "5:36: maxVersion '4.18.1.2' is not a version such as 4.18.1 or 4.18"
    ),
    (
      "channels: [{name: a, versions: [4.18]}]",
      "5:35: '4.18' is not a version of three numbers, such as 4.18.1"
    ),
    (
      "channels: [{name: a, minVersion: 4.18.10, maxVersion: 4.18.9}]",
      "5:36: minVersion 4.18.10 is above maxVersion 4.18.9"
    ),
    ("channels: [{name: a, full: 'true'}]", "5:30: true or false is wanted here, and this is quoted text"),
    ("architectures: amd64", "5:18: a list is wanted here, and this is 'amd64'"),
    ("architectures: [amd46]", "5:19: the architecture 'amd46' is not known; did you mean amd64?"),
    ("architectures: [x86_64]", "5:19: the architecture 'x86_64' is not known; did you mean amd64?"),
    ("architectures: [aarch64]", "5:19: the architecture 'aarch64' is not known; did you mean arm64?"),
    (
      "architectures: [sparc]",
      "5:19: the architecture 'sparc' is not known; it is one of amd64, arm64, ppc64le, s390x, multi"
    ),
    ("release: quay.io/a/b", "5:12: 'quay.io/a/b' has neither a tag nor a digest"),
    ("release: [a]", "5:12: text is wanted here, and this is a list"),
  ])
  func refusesWithThePlace(body: String, problem: String) {
    let error = #expect(throws: SealiftError.self) { try read(body) }
    #expect(error?.problem == "isc.yaml:\(problem)")
    #expect(error?.code == .configuration)
  }

  // oc-mirror has the field on platform, operators, additionalImages and charts, and nowhere else.
  @Test(arguments: [
    ("platforms: [{os: linux, architecture: amd64}]", "5:2: mirror has no field 'platforms'; did you mean platform?"),
    ("helm: {platforms: []}", "5:9: mirror.helm has no field 'platforms'"),
    (
      "helm: {repositories: [{name: r, url: 'https://a.example', platforms: []}]}",
      "5:60: mirror.helm.repositories[] has no field 'platforms'"
    ),
    (
      "operators: [{catalog: a.b/c:d, packages: [{name: x, platforms: []}]}]",
      "5:54: mirror.operators[].packages[] has no field 'platforms'"
    ),
    (
      "platform: {channels: [{name: stable-4.18, platforms: []}]}",
      "5:44: mirror.platform.channels[] has no field 'platforms'"
    ),
    ("blockedImages: [{name: x, platforms: []}]", "5:28: mirror.blockedImages[] has no field 'platforms'"),
  ])
  func platformsStandWhereTheyMean(body: String, problem: String) {
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\n\nmirror:\n \(body)\n"
    let error = #expect(throws: SealiftError.self) {
      try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml")
    }
    #expect(error?.problem.hasPrefix("isc.yaml:\(problem)") == true, "\(error?.problem ?? "")")
  }

  private func read(_ body: String) throws(SealiftError) -> PlatformRequest? {
    let indented = body.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
    let text = "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n platform:\n" + indented
    return try ImageSetConfiguration(Array(text.utf8), source: "isc.yaml").platform
  }
}
