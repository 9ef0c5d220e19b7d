import ClusterManifests
import Diagnostics
import Digests
import Testing

/// The objects of several files together: one for each path.
@Suite struct UserObjectsTests {
  private func manifest(
    _ kind: String, _ name: String, namespace: String? = nil, value: String = "x", _ source: String = "a.yaml",
    profiles: [String] = [], version: String = "v1"
  ) throws -> UserObject {
    let space = namespace.map { ", namespace: \($0)" } ?? ""
    let text = "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: '\(name)'\(space)}\nvalue: \(value)\n"
    return try UserObject.read(Array(text.utf8), source: source, profiles: profiles)[0]
  }

  private func set(_ manifests: UserObject...) throws -> UserObjects {
    var set = UserObjects()
    for manifest in manifests { try set.add(manifest) }
    return set
  }

  @Test func theyStandInTheOrderOfTheirPaths() throws {
    let all = try set(
      manifest("B", "a"), manifest("A", "b", namespace: "ns"), manifest("A", "a"), manifest("A", "b")
    ).all
    #expect(all.map(\.manifest.path) == ["A/a.yaml", "A/b.yaml", "A/ns_b.yaml", "B/a.yaml"])
  }

  @Test(arguments: [
    (["a"], ["b"], ["a", "b"]), (["a"], ["a"], ["a"]), (["b"], ["a", "c"], ["a", "b", "c"]), ([], ["a"], []),
    (["a"], [], []), ([], [], []),
  ])
  func theSameObjectTwiceIsOneForTheProfilesOfBoth(first: [String], second: [String], both: [String]) throws {
    let all = try set(manifest("A", "a", profiles: first), manifest("A", "a", "b.yaml", profiles: second)).all
    #expect(all.map(\.profiles) == [both])
    #expect(all.map(\.source) == ["a.yaml"])
  }

  @Test func twoObjectsWithOnePathAreRefusedWhateverTheirProfiles() throws {
    let first = try manifest("A", "a:b", profiles: ["hub"])
    let others = try [
      manifest("A", "a:b", value: "y", "b.yaml", profiles: ["managed"]), manifest("A", "a_b", "b.yaml"),
      manifest("A", "A_b", "b.yaml"), manifest("a", "a:b", "b.yaml"),
      manifest("A", "b", namespace: "a", "b.yaml", profiles: ["hub"]),
      manifest("A", "a:b", "b.yaml", version: "other/v1"),
    ]
    for other in others {
      let error = #expect(throws: SealiftError.self) { try set(first, other) }
      #expect(error?.code == .configuration)
      #expect(error?.problem.contains("a.yaml:1:1 and b.yaml:1:1 bring different objects") == true)
      #expect(error?.problem.contains(other.manifest.path) == true)
    }
  }

  @Test func whatThePackerMakesItselfCannotBeBrought() throws {
    let templates = try Sample.directory().templates
    #expect(throws: Never.self) { try set(manifest("A", "a")).requireNone(of: templates) }
    let brought = try [
      manifest("ConfigMap", Sample.payload.tag, namespace: "openshift-config-managed"),
      manifest("ConfigMap", Sample.payload.tag),
      manifest("ImageDigestMirrorSet", "idms-release-0", version: "config.openshift.io/v1"),
      manifest("ImageDigestMirrorSet", "idms-release-12", version: "config.openshift.io/v1"),
      manifest("UpdateService", "update-service-oc-mirror", namespace: "openshift-update-service"),
    ]
    for manifest in brought {
      let error = #expect(throws: SealiftError.self) { try set(manifest).requireNone(of: templates) }
      #expect(error?.code == .configuration && error?.problem.hasPrefix("a.yaml:1:1: ") == true)
    }
    let others = try set(
      manifest("ImageDigestMirrorSet", "idms-mine-0"), manifest("ConfigMap", Sample.payload.tag, namespace: "mine"))
    #expect(throws: Never.self) { try others.requireNone(of: templates) }
  }

  @Test func moreThanABundleHoldsAreRefused() throws {
    var set = UserObjects()
    for number in 0..<UserObjects.maximumCount { try set.add(manifest("A", "a\(number)")) }
    let error = #expect(throws: SealiftError.self) { try set.add(manifest("A", "more")) }
    #expect(error?.code == .configuration)
    #expect(throws: Never.self) { try set.add(manifest("A", "a7")) }
  }

  @Test(arguments: [
    ("Role", "grants rights"), ("ClusterRoleBinding", "grants rights"), ("SecurityContextConstraints", "grants rights"),
    ("ValidatingWebhookConfiguration", "changes what the API server admits"),
    ("ValidatingAdmissionPolicyBinding", "changes what the API server admits"),
    ("APIService", "answers for a part of the API"), ("OAuthClient", "changes who can log in"),
    ("MachineConfig", "changes the nodes"), ("KubeletConfig", "changes the nodes"),
    ("ContainerRuntimeConfig", "changes the nodes"), ("ConfigMap", nil), ("Namespace", nil), ("role", nil),
  ])
  func kindsWithPowerAreKnown(kind: String, power: String?) throws {
    #expect(KindPower(kind: kind)?.rawValue == power)
    #expect(try manifest(kind, "a").manifest.power?.rawValue == power)
  }

  @Test func aDirectoryHasThemBesideItsOwn() throws {
    var directory = try Sample.directory(api: .icsp)
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    let set = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: mine}\nspec: {}\n"
    let definition =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.y}\nspec: {}\n"
    let role = "apiVersion: v1\nkind: Role\nmetadata: {name: 'a:b', namespace: ns}\nrules: []\n"
    for text in [text, set, definition, role] {
      directory.templates.append(try ClusterManifest(Array(text.utf8), source: "x", isForeign: true))
    }
    directory.cluster.profile = "hub"
    let texts = try directory.texts()
    // The user's own mirror set is applied whatever the interface of those that the packer makes.
    for path in ["Namespace/a", "ImageDigestMirrorSet/mine", "CustomResourceDefinition/x.y", "Role/ns_a_b"] {
      #expect(texts["\(path).yaml"] != nil, "\(path)")
    }
    let steps = try #require(texts["NEXT-STEPS.md"])
    #expect(steps.contains("`hub`"))
    #expect(
      steps.contains(
        """
            oc apply -f Namespace/ -f CustomResourceDefinition/
            oc wait --for=condition=Established --timeout=60s -f CustomResourceDefinition/
            oc apply -R -f .

        """))
    #expect(steps.contains("- `Role/`, **grants rights**: `ns_a_b`\n"))
  }

  @Test func namespacesAndDefinitionsComeFirst() {
    #expect(
      ApplyOrder.sorted([
        "A/b.yaml", "CustomResourceDefinition/a.yaml", "Namespaces/a.yaml", "Namespace/b.yaml", "Namespace/a.yaml",
        "A/a.yaml", "NEXT-STEPS.md",
      ]) == [
        "Namespace/a.yaml", "Namespace/b.yaml", "CustomResourceDefinition/a.yaml", "A/a.yaml", "A/b.yaml",
        "NEXT-STEPS.md", "Namespaces/a.yaml",
      ])
  }
}
