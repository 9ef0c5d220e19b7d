internal import ClusterManifests
internal import Diagnostics
internal import JSON
internal import SystemIO
internal import YAML

/// Applies manifests to a cluster with `oc`, or `kubectl` where that is missing.
///
/// Each file is applied by itself, so that one that fails leaves the others. All of it blocks.
struct Apply: Sendable {
  /// A file to apply.
  struct Input: Sendable {
    /// What people know it by: the path in the directory.
    let name: String
    /// Where it is.
    let path: String
  }

  // A tool answers with a line for each object; the list of all kinds of a large cluster has about 100 KB.
  private static let outputLimit = 4 << 20
  // The tool itself waits for 30 seconds for an answer, and asks several times.
  private static let patience = Duration.seconds(180)
  // The largest object that a cluster stores has 1.5 MiB.
  private static let maximumFileBytes = 2 << 20

  private let tool: InstalledProgram
  private let name: String
  private let options: ApplyOptions
  private let environment: [String: String]
  private let reporter: any Reporter

  /// Looks for the tool.
  ///
  /// - Parameter environment: All that the tool gets to see; `PATH` of it says where the tool is.
  /// - Throws: `notFound` if neither is installed.
  init(_ options: ApplyOptions, environment: [String: String], reporter: any Reporter) throws(SealiftError) {
    let found = ["oc", "kubectl"].lazy.compactMap { name in
      InstalledProgram(name, environment: environment).map { (name, $0) }
    }.first
    guard let (name, tool) = found else {
      throw SealiftError(
        .notFound, "neither oc nor kubectl is on the PATH, and one is needed to apply the manifests",
        nextStep: "install one, or copy the directory to a host that has one and run `oc apply -R -f DIR` there")
    }
    self.name = name
    self.tool = tool
    self.options = options
    self.environment = environment
    self.reporter = reporter
  }

  /// What the cluster says that it is: `OpenShift 4.18.1`, or `Kubernetes v1.31.4` where only that is known.
  ///
  /// - Throws: `network` if the cluster does not answer.
  func clusterVersion() throws(SealiftError) -> String {
    let outcome = try call(["version", "-o", "json"])
    guard case .ended(let ended) = outcome, let value = try? JSONReader.value(ended.output, source: "the version"),
      let server = value["serverVersion"]?["gitVersion"]?.text
    else {
      var reason = "it did not answer"
      if case .ended(let ended) = outcome, !ended.errors.isEmpty { reason = Self.line(ended.errors) }
      throw SealiftError(
        .network, "\(name) does not reach the cluster: \(reason)",
        nextStep: "log in, or set KUBECONFIG, until `\(name) version` names the server; or leave out --apply")
    }
    if let openShift = value["openshiftVersion"]?.text { return "OpenShift \(openShift)" }
    let arguments = ["get", "clusterversion", "version", "-o", "jsonpath={.status.desired.version}"]
    if case .ended(let ended) = try call(arguments), ended.status == 0, !ended.output.isEmpty {
      return "OpenShift \(Self.line(ended.output))"
    }
    return "Kubernetes \(server)"
  }

  // The kind of a CustomResourceDefinition is served a moment after it: where there are several API servers, 5 seconds.
  private static let servingTimeout = "60s"

  /// Applies those of the files that `apply -R` takes, in order.
  ///
  /// - Returns: What came of each; one that was not applied leaves the others.
  /// - Throws: `network` if the cluster does not answer, before anything is applied.
  func run(_ files: [Input]) throws(SealiftError) -> [AppliedClusterManifest] {
    let files = files.filter { ClusterManifest.isApplied($0.name) }
    let version = try clusterVersion()
    reporter.report(.note("applying \(files.count) files to a cluster of \(version) with \(tool.path)"))
    try warnOfMissingKinds(of: files, version: version)
    var applied: [AppliedClusterManifest] = []
    for file in files {
      let (isApplied, text) = try apply(file.path)
      applied.append(AppliedClusterManifest(file: file.name, isApplied: isApplied, result: text))
      reporter.report(isApplied ? .note("\(file.name): \(text)") : .warning("\(file.name) was not applied: \(text)"))
      if isApplied, options.dryRun == nil, try Self.objects(of: file.path).contains(where: { $0.servedKinds != nil }) {
        try waitUntilServed(file)
      }
    }
    return applied
  }

  /// What to tell of files that were not applied, if there are some.
  func failure(of applied: [AppliedClusterManifest], in directory: String) -> SealiftError? {
    let failed = applied.filter { !$0.isApplied }
    if failed.isEmpty { return nil }
    let (verb, command) =
      options.dryRun == nil
      ? ("were not applied", "run `\(name) apply -R -f \(directory)`: what is there stays as it is")
      : ("would not be applied", "run this again")
    return SealiftError(
      .denied, "\(failed.count) of \(applied.count) files \(verb): \(failed.map(\.file).joined(separator: ", "))",
      nextStep: "mend what the warnings name, then \(command)")
  }

  private func apply(_ path: String) throws(SealiftError) -> (isApplied: Bool, text: String) {
    // The server checks each object, too; the client would fetch the whole description of the server for each file.
    var arguments = ["apply", "--validate=false", "-f", path]
    if let overwrite = options.overwrite { arguments.append("--overwrite=\(overwrite)") }
    if let dryRun = options.dryRun { arguments.append("--dry-run=\(dryRun.rawValue)") }
    switch try call(arguments) {
    case .ended(let ended) where ended.status == 0: return (true, Self.line(ended.output))
    case .ended(let ended):
      let text = Self.line(ended.errors)
      return (false, text.isEmpty ? "\(name) ended with status \(ended.status)" : text)
    case .wroteTooMuch: return (false, "\(name) wrote more than \(Self.outputLimit.asBytes)")
    case .tookTooLong: return (false, "\(name) did not end within \(Self.patience.components.seconds) seconds")
    }
  }

  /// Waits for the kind that a file has brought, since the files that come next may have objects of it.
  private func waitUntilServed(_ file: Input) throws(SealiftError) {
    let arguments = ["wait", "--for=condition=Established", "--timeout=\(Self.servingTimeout)", "-f", file.path]
    if case .ended(let ended) = try call(arguments), ended.status == 0 { return }
    reporter.report(.warning("the cluster does not serve the kind of \(file.name) yet"))
  }

  private func warnOfMissingKinds(of files: [Input], version: String) throws(SealiftError) {
    // Where a part of a cluster is down, the tool lists the rest and fails.
    guard case .ended(let ended) = try call(["api-resources", "--no-headers"]), !ended.output.isEmpty else {
      reporter.report(.warning("\(name) could not list the kinds that the cluster serves"))
      return
    }
    // The columns are NAME, SHORTNAMES (often none), APIVERSION, NAMESPACED and KIND.
    let rows = String(decoding: ended.output, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
    var served = Set(rows.filter { $0.count >= 4 }.map { "\($0[$0.count - 1]) (\($0[$0.count - 3]))" })
    var kinds: [String: Int] = [:]
    for file in files {
      for object in try Self.objects(of: file.path) {
        kinds[object.kind, default: 0] += 1
        served.formUnion(object.servedKinds ?? [])
      }
    }
    for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) where !served.contains(kind) {
      let objects = count == 1 ? "one object" : "\(count) objects"
      reporter.report(.warning("the cluster of \(version) does not serve \(kind), of which there is \(objects)"))
    }
  }

  /// The objects of a file; none for what is not YAML, of which the tool will speak.
  private static func objects(of path: String) throws(SealiftError) -> [ObjectKind] {
    let bytes = try FileSystem.read(path, limit: maximumFileBytes)
    let documents = (try? YAMLReader.documents(bytes, source: path)) ?? []
    return documents.compactMap { ObjectKind($0.value) }
  }

  private func call(_ arguments: [String]) throws(SealiftError) -> InstalledProgram.Outcome {
    try tool.run(arguments, environment: environment, limit: Self.outputLimit, patience: Self.patience)
  }

  /// What a tool wrote, as one line of bounded length.
  private static func line(_ bytes: [UInt8]) -> String {
    let lines = String(decoding: bytes.prefix(2000), as: UTF8.self).split(separator: "\n")
    return lines.map { $0.trimmingPrefix { $0 == " " } }.joined(separator: "; ")
  }
}
