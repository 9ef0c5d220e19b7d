import Content
import Diagnostics
import Gathering
import Packing
import SystemIO
import TestSupport
import Testing

@testable import Publishing

/// Applying a directory, with a stub named `oc` and with `kubectl` against a stand-in of an API server.
@Suite struct ApplyTests {
  private let directory: TemporaryDirectory
  private let reporter = Recorder()
  private var manifests: String { directory("out") }
  private var log: String { directory("log") }

  init() throws {
    directory = try TemporaryDirectory()
    for name in ["bin", "out/A", "out/optional"] { try FileSystem.makeDirectory(directory(name)) }
    try write("out/A/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: space}\n")
    try write(
      "out/b.json", #"{"apiVersion":"config.openshift.io/v1","kind":"ImageTagMirrorSet","metadata":{"name":"b"}}"#)
    try write("out/c.yml", "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {name: cluster}\n")
    try write("out/NEXT-STEPS.md", "kind: Text\n")
    try write("out/optional/d.yaml.off", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: space}\n")
  }

  @Test func flagsArePassedOn() throws {
    try stub("oc", "echo applied")
    var options = ApplyOptions()
    #expect(
      try apply(options)
        == ["A/a.yaml", "b.json", "c.yml"].map { .init(file: $0, isApplied: true, result: "applied") })
    options.overwrite = false
    options.dryRun = .server
    _ = try apply(options)
    options.overwrite = true
    options.dryRun = .client
    _ = try apply(options)
    let calls = try lines(of: log).filter { $0.hasPrefix("apply ") && $0.contains("/A/a.yaml") }
    let file = "apply --validate=false -f \(manifests)/A/a.yaml"
    #expect(
      calls == [
        file, "\(file) --overwrite=false --dry-run=server", "\(file) --overwrite=true --dry-run=client",
      ])
  }

  @Test func nothingButObjectsIsApplied() throws {
    try stub("oc", "echo applied")
    _ = try apply()
    let calls = try lines(of: log)
    #expect(calls.filter { $0.hasPrefix("apply ") }.count == 3)
    #expect(!calls.contains { $0.contains(".off") || $0.contains(".md") })
  }

  @Test func theToolSeesOnlyWhatItIsGiven() throws {
    try stub("oc", #"echo "$SECRET/$KUBECONFIG""#)
    let applied = try apply(environment: ["KUBECONFIG": "here"])
    #expect(applied.first?.result == "/here")
  }

  @Test func aFileThatFailsLeavesTheOthers() throws {
    try stub("oc", #"case "$*" in *a.yaml*) printf 'first\nsecond\n' >&2; exit 3;; *c.yml*) exit 4;; esac; echo ok"#)
    let applied = try apply()
    #expect(applied.map(\.isApplied) == [false, true, false])
    let error = try failure(of: applied)
    #expect(error?.code == .denied)
    #expect(error?.problem == "2 of 3 files were not applied: A/a.yaml, c.yml")
    #expect(error?.nextStep.contains("`oc apply -R -f \(manifests)`") == true)
    #expect(reporter.warnings.contains("A/a.yaml was not applied: first; second"))
    #expect(reporter.warnings.contains("c.yml was not applied: oc ended with status 4"))
    #expect(try lines(of: log).contains { $0.contains("b.json") })
  }

  @Test func ocComesBeforeKubectl() throws {
    try stub("oc", "echo oc")
    try stub("kubectl", "echo kubectl")
    #expect(try apply().first?.result == "oc")
    try FileSystem.remove(directory("bin/oc"))
    #expect(try apply().first?.result == "kubectl")
  }

  @Test func withoutAToolNothingIsTried() {
    let error = #expect(throws: SealiftError.self) { try apply() }
    #expect(error?.code == .notFound)
    #expect(error?.problem.contains("oc nor kubectl") == true)
  }

  @Test(arguments: ["echo '{\"clientVersion\":{}}'; echo refused >&2; exit 1", "exit 1", "echo '<html>'"])
  func withoutAClusterNothingIsApplied(version: String) throws {
    try stub("oc", "echo applied", version: version)
    let error = #expect(throws: SealiftError.self) { try apply() }
    #expect(error?.code == .network)
    #expect(error?.problem.hasPrefix("oc does not reach the cluster: ") == true)
    #expect(try !lines(of: log).contains { $0.hasPrefix("apply ") })
  }

  @Test func kindsThatAreNotServedAreNamedBefore() throws {
    try stub(
      "oc", "echo applied", kinds: "configmaps cm v1 true ConfigMap\nimages config.openshift.io/v1 false Image\n",
      version: #"echo '{"openshiftVersion":"4.12.3","serverVersion":{"gitVersion":"v1.25.4"}}'"#)
    _ = try apply()
    #expect(
      reporter.warnings == [
        "the cluster of OpenShift 4.12.3 does not serve ImageTagMirrorSet (config.openshift.io/v1), of which there is one object"
      ])
  }

  @Test(.enabled(if: hasTool("kubectl"), "kubectl is not installed")) func kubectlAppliesAllButWhatIsRefused() throws {
    let cluster = try ClusterDouble(version: "4.17.9", rejecting: ["ImageTagMirrorSet"])
    try kubectl()
    let applied = try apply(environment: cluster.environment)
    #expect(try failure(of: applied)?.problem == "1 of 3 files were not applied: b.json")
    #expect(cluster.objects == ["ConfigMap/space/a", "Image/cluster"])
    #expect(reporter.warnings.count == 1 && reporter.warnings.first?.contains("is invalid") == true)
    #expect(try failure(of: applied.filter(\.isApplied)) == nil)
    #expect(reporter.notes.first?.hasPrefix("applying 3 files to a cluster of OpenShift 4.17.9 with ") == true)
  }

  @Test(.enabled(if: hasTool("kubectl"), "kubectl is not installed")) func kubectlChangesNothingTheSecondTime() throws {
    let cluster = try ClusterDouble(kinds: ClusterDouble.Kind.openShift.filter { $0.name != "ClusterVersion" })
    try kubectl()
    let first = try apply(environment: cluster.environment)
    #expect(first.map(\.result).allSatisfy { $0.hasSuffix(" created") })
    let changes = cluster.changes
    let second = try apply(environment: cluster.environment)
    #expect(second.map(\.result).allSatisfy { $0.hasSuffix(" unchanged") })
    #expect(cluster.changes == changes && reporter.warnings.isEmpty)
    #expect(reporter.notes.first?.contains("a cluster of Kubernetes v1.31.4 with ") == true)
  }

  @Test(.enabled(if: hasTool("kubectl"), "kubectl is not installed")) func kubectlOnlyPretendsWhereItIsAsked() throws {
    let cluster = try ClusterDouble()
    try kubectl()
    var options = ApplyOptions()
    options.dryRun = .client
    let applied = try apply(options, environment: cluster.environment)
    #expect(applied.count == 3 && applied.allSatisfy { $0.result.hasSuffix(" (dry run)") })
    #expect(cluster.objects.isEmpty && cluster.changes.isEmpty)
  }

  private func apply(
    _ options: ApplyOptions = ApplyOptions(), environment: [String: String] = [:]
  ) throws -> [AppliedClusterManifest] {
    let names = ["A/a.yaml", "NEXT-STEPS.md", "b.json", "c.yml", "optional/d.yaml.off"]
    return try tool(options, environment).run(names.map { .init(name: $0, path: "\(manifests)/\($0)") })
  }

  private func failure(of applied: [AppliedClusterManifest]) throws -> SealiftError? {
    try tool().failure(of: applied, in: manifests)
  }

  private func tool(
    _ options: ApplyOptions = ApplyOptions(), _ environment: [String: String] = [:]
  ) throws -> Apply {
    // Only the tools of the test: what is installed here is nobody's business.
    try Apply(options, environment: environment.merging(["PATH": directory("bin")]) { $1 }, reporter: reporter)
  }

  /// Puts a tool on the path that writes down how it is called.
  private func stub(
    _ name: String, _ apply: String, kinds: String = "",
    version: String = #"echo '{"serverVersion":{"gitVersion":"v1.31.4"}}'"#
  ) throws {
    let script = """
      echo "$*" >> \(log)
      case "$1" in
      version) \(version);;
      api-resources) printf '\(kinds.replacing("\n", with: "\\n"))';;
      apply) \(apply);;
      *) exit 1;;
      esac

      """
    try writeScript(script, to: directory("bin/\(name)"))
  }

  /// Puts the `kubectl` that is installed on the path.
  private func kubectl() throws {
    let path = try #require(RunningProcess.find("kubectl"))
    try writeScript("PATH=/usr/bin:/bin exec \(path) \"$@\"", to: directory("bin/kubectl"))
  }

  private func write(_ name: String, _ text: String) throws {
    try FileSystem.write(Array(text.utf8), to: directory(name))
  }

  private func lines(of path: String) throws -> [String] {
    String(decoding: try FileSystem.read(path, limit: 1 << 20), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// Keeps what is reported.
private final class Recorder: Reporter {
  private let events = Shared<[Event]>([])

  func report(_ event: Event) { events.with { $0.append(event) } }

  var warnings: [String] {
    events.with { $0 }.compactMap { if case .warning(let text) = $0 { text } else { nil } }
  }

  var notes: [String] {
    events.with { $0 }.compactMap { if case .note(let text) = $0 { text } else { nil } }
  }
}
