import ClusterManifests
import SystemIO
import TestSupport
import Testing
import YAML

/// The commands of `NEXT-STEPS.md` that change settings of the whole cluster, run by a shell as a person would.
@Suite struct PatchLineTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    // Each argument on a line of its own, so that what the shell made of the quotes shows.
    let stub = "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \(directory("calls"))\n"
    try FileSystem.write(Array(stub.utf8), to: directory("oc"), permissions: 0o755)
  }

  private static let hostile = """
    apiVersion: config.openshift.io/v1
    kind: Proxy
    metadata: {name: cluster, labels: {a: b}, uid: x}
    spec:
      noProxy: "it's $HOME `id` \\"q\\" \\\\ ! \\n é \\u202e"
      readinessEndpoints: [a]
    status: {a: b}
    """

  @Test func aShellPassesThePatchAsItIs() throws {
    let lines = try lines(of: Self.hostile).filter { $0.contains(" patch ") && $0.contains("proxy") }
    let line = try #require(lines.first)
    #expect(
      try calls(line) == [
        "patch", "proxy.config.openshift.io", "cluster", "--type", "merge", "-p",
        #"{"metadata":{"labels":{"a":"b"}},"spec":{"noProxy":"it's $HOME `id` \"q\" \\ ! \n é \u202e","readinessEndpoints":["a"]}}"#,
      ])
  }

  @Test func aLongPatchComesFromItsFile() throws {
    let long = String(repeating: "x", count: 5000)
    let text = "apiVersion: config.openshift.io/v1\nkind: Proxy\nmetadata: {name: cluster}\nspec: {noProxy: \(long)}\n"
    let line = try #require(try lines(of: text).first { $0.hasPrefix("oc patch proxy") })
    #expect(
      line == "oc patch proxy.config.openshift.io cluster --type merge --patch-file optional/Proxy-cluster.yaml.off")
  }

  @Test func aPullSecretIsNeverInACommand() throws {
    let text = """
      apiVersion: v1
      kind: Secret
      metadata: {name: pull-secret, namespace: openshift-config}
      data: {.dockerconfigjson: c2VjcmV0}
      """
    var directory = try Sample.directory()
    directory.templates.append(try ClusterManifest(Array(text.utf8), source: "x", isForeign: true))
    let texts = try directory.texts()
    #expect(texts["optional/Secret-openshift-config_pull-secret.yaml.off"] != nil)
    #expect(!texts.keys.contains { $0.hasPrefix("Secret/") })
    let steps = try #require(texts["NEXT-STEPS.md"])
    #expect(!steps.contains("c2VjcmV0") && !steps.contains("patch secret") && steps.contains("everybody's credentials"))
  }

  @Test func thePoolsArePausedOnceAndLetGoOn() throws {
    let loops = try lines(of: Self.hostile).filter { $0.hasPrefix("for pool in ") }
    #expect(loops.count == 2)
    let stub =
      "#!/bin/sh\n[ \"$1\" = get ] && printf 'machineconfigpool/a\\nmachineconfigpool/b\\n' && exit\n"
      + "printf '%s ' \"$@\" >> \(directory("calls"))\n"
    try FileSystem.write(Array(stub.utf8), to: directory("oc"), permissions: 0o755)
    #expect(
      try calls(loops[0]) == [
        #"patch machineconfigpool/a --type merge -p {"spec":{"paused":true}} patch machineconfigpool/b --type merge "#
          + #"-p {"spec":{"paused":true}} "#
      ])
    #expect(loops[1].contains(#"{"spec":{"paused":false}}"#))
  }

  @Test func pausingAndLettingGoOnAreNotPastedTogether() throws {
    var directory = try Sample.directory()
    directory.templates.append(try ClusterManifest(Array(Self.hostile.utf8), source: "x", isForeign: true))
    let steps = try #require(try directory.texts()["NEXT-STEPS.md"])
    #expect(steps.split(separator: "\n\n").count { $0.contains("for pool in ") } == 2)
  }

  @Test func aClusterTakesThePatchesOfTheRegistry() throws {
    for isInsecure in [false, true] {
      var manifests = try Sample.directory(certificateAuthority: "pem")
      manifests.cluster.isInsecure = isInsecure
      let steps = try #require(try manifests.texts()["NEXT-STEPS.md"])
      let start = "oc patch image.config.openshift.io cluster --type merge"
      let line = try #require(Self.commands(steps).first { $0.hasPrefix(start) })
      let expected =
        isInsecure
        ? #"{"spec":{"registrySources":{"insecureRegistries":["mirror.local:8443"]}}}"#
        : #"{"spec":{"additionalTrustedCA":{"name":"mirror-registry-ca-mirror.local-8443"}}}"#
      #expect(try calls(line).last == expected)
    }
  }

  private func lines(of text: String) throws -> [String] {
    var directory = try Sample.directory()
    directory.templates.append(try ClusterManifest(Array(text.utf8), source: "x", isForeign: true))
    return Self.commands(try #require(try directory.texts()["NEXT-STEPS.md"]))
  }

  private static func commands(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
  }

  /// What the program `oc` is called with.
  private func calls(_ line: String) throws -> [String] {
    if try FileSystem.kind(of: directory("calls")) != nil { try FileSystem.write([], to: directory("calls")) }
    let path = "PATH=\(directory.path):/usr/bin:/bin"
    let result = try runTool("sh", ["-c", line], environment: [path])
    #expect(result.status == 0, "\(result.errors)")
    let text = String(decoding: try FileSystem.read(directory("calls"), limit: 1 << 20), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }
}
