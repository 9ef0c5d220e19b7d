import ClusterManifests
import Digests
import Testing

@Suite struct NextStepsTests {
  @Test func theCommandsStandInOrder() throws {
    let commands = try text().split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
    let payload = "mirror.local:8443/ns/openshift/release-images@\(Sample.payload)"
    #expect(
      commands.filter { $0.contains(" apply ") || $0.contains(" adm ") || $0.contains("machineconfigpool") } == [
        "oc apply -R -f .",
        "oc apply -f ConfigMap/",
        "oc apply -f ImageDigestMirrorSet/ -f ImageTagMirrorSet/",
        "oc get machineconfigpool",
        "oc apply -f CatalogSource/ -f ClusterCatalog/",
        "oc apply -f UpdateService/",
        "oc adm release extract --command=openshift-install --idms-file=ImageDigestMirrorSet/idms-release-0.yaml \(payload)",
        "oc adm upgrade --allow-explicit-upgrade --to-image \(payload)",
      ])
  }

  @Test func olderClustersHaveTheirOwnCommands() throws {
    let text = try text(api: .icsp)
    #expect(text.contains("\n    oc apply -f ImageContentSourcePolicy/\n"))
    #expect(text.contains(" --icsp-file=ImageContentSourcePolicy/icsp-release-0.yaml "))
    #expect(text.contains("Images that are used by tag have no mirror on this cluster"))
    #expect(!text.contains("-f ImageDigestMirrorSet/"))
  }

  @Test func everyKindSaysWhatItDoesToTheNodes() throws {
    let text = try text(api: .both)
    for kind in ["ImageDigestMirrorSet", "ImageTagMirrorSet", "ImageContentSourcePolicy"] {
      #expect(text.contains("\n- \(kind): a new one "))
    }
  }

  @Test func whatAppliesAllSaysFirstWhatItDoes() throws {
    let text = try text()
    let start = try #require(text.split(separator: "## ").first)
    #expect(start.contains("as you like (**the mirrors change the nodes**: see below before you do it):\n"))
    #expect(start.contains("UpdateService before its operator is installed"))
    let without = try self.text { $0.templates.removeAll { $0.kind.hasPrefix("Image") || $0.kind == "UpdateService" } }
    #expect(without.contains("as often as you like:\n") && !without.contains("before its operator"))
  }

  @Test(arguments: [(nil, true), ("4.14", true), ("4.15", false), ("4.18", false)])
  func onlyClustersOfTheChangeAreWarnedOfBothSorts(version: String?, isWarned: Bool) throws {
    let text = try text { $0.cluster.version = try version.map { try ClusterVersion($0) } }
    #expect(text.contains("OpenShift 4.13 and 4.14 may not take") == isWarned)
  }

  @Test func operatorsHaveTheirCommands() throws {
    let text = try text()
    let part = try #require(text.split(separator: "## ").first { $0.hasPrefix("Operators") })
    let commands = part.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
    let name = "redhat-operator-index-v4-18"
    #expect(
      commands == [
        #"oc patch operatorhub.config.openshift.io cluster --type merge -p '{"spec":{"disableAllDefaultSources":true}}'"#,
        #"oc patch clustercatalog openshift-redhat-operators --type merge -p '{"spec":{"availabilityMode":"Unavailable"}}'"#,
        "oc apply -f CatalogSource/ -f ClusterCatalog/",
        "oc wait catalogsource/cs-\(name) -n openshift-marketplace "
          + "--for=jsonpath='{.status.connectionState.lastObservedState}'=READY --timeout=10m",
        "oc get packagemanifest -n openshift-marketplace -l catalog=cs-\(name)",
        "oc wait clustercatalog/cc-\(name) --for=condition=Serving --timeout=10m",
      ])
  }

  @Test func anOlderClusterIsToldOfTheFileForNewerOnes() throws {
    let text = try text { $0.cluster.version = nil }
    #expect(text.contains("\n    oc apply -f CatalogSource/\n") && !text.contains("patch clustercatalog"))
    #expect(text.contains("`optional/clustercatalog-cc-redhat-operator-index-v4-18.yaml.off`"))
  }

  @Test func whatIsNotThereIsNotSpokenOf() throws {
    let text = try text {
      $0.templates = []
      $0.releases = []
    }
    #expect(!text.contains("##") && !text.contains("apply"))
    #expect(text.contains("The images are at `mirror.local:8443/ns`."))
  }

  @Test func filesThatAreNamedAreThere() throws {
    var directory = try Sample.directory(certificateAuthority: "pem")
    directory.releases.removeAll()
    let texts = try directory.texts()
    let named = try #require(texts["NEXT-STEPS.md"]).split(separator: "`").filter { $0.hasPrefix("optional/") }
    #expect(named.count == 2 && named.allSatisfy { texts[String($0)] != nil })
  }

  @Test func hostileTextIsNoMarkup() throws {
    let text = try text {
      $0.releases = [
        CarriedRelease(
          version: "1`rm -rf`<script>\n# x\u{1B}[31m", architecture: "[a](http://b)", digest: Sample.graph,
          signatures: [])
      ]
    }
    #expect(text.contains("\n1\\`rm -rf\\`\\<script\\>\\\\u\\{A\\}\\# x\\\\u\\{1B\\}\\[31m \\[a\\]\\(http://b\\):\n"))
    #expect(text.contains("only with `--force`: 1\\`rm"))
    #expect(!text.replacing("\\<", with: "").contains("<") && !text.contains("\u{1B}"))
  }

  private func text(api: MirrorAPI = .idms, _ change: (inout ClusterManifestDirectory) throws -> Void = { _ in }) throws
    -> String
  {
    var directory = try Sample.directory(api: api)
    try change(&directory)
    return try #require(try directory.texts()["NEXT-STEPS.md"])
  }
}
