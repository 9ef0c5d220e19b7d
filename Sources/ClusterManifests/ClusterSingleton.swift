internal import JSON
internal import YAML

/// An object that a cluster has once, and in which the settings of several people stand together.
///
/// A file that `oc apply -R` takes would write over theirs unasked: it is left as `optional/….yaml.off`, and a person
/// runs `command` instead.
///
/// Source: `formats/manifests.md`, "Settings of the whole cluster".
public struct ClusterSingleton: Sendable, Equatable {
  /// What a change does to the nodes.
  public enum NodeEffect: Sendable, Equatable, Comparable {
    /// No node notices.
    case none
    /// It depends on what is changed, or on the version.
    case possible
    /// All nodes are drained, one after the other, and restart, or their container runtime does.
    case certain
  }

  /// The object.
  public let file: ClusterManifest

  /// - Returns: `nil` for any other object.
  public init?(_ file: ClusterManifest) {
    guard Self.isSettings(file) || (file.apiGroup.isEmpty && Self.named.contains(Place(file))) else { return nil }
    self.file = file
  }

  /// What `oc` takes for the object: the kind with its group, and the name.
  var resource: String {
    let group = file.apiGroup
    return file.kind.lowercased() + (group.isEmpty ? "" : ".\(group)") + " \(file.name)"
      + (file.namespace.map { " -n \($0)" } ?? "")
  }

  /// What a change does to the nodes.
  ///
  /// Source: OpenShift documentation, "Image configuration resources", "Configuring the cluster-wide proxy", "Enabling
  /// features using feature gates", "Configuring the Linux cgroup version"; for the global pull secret, "Updating the
  /// global cluster pull secret": OpenShift 4.7 is the first that restarts nothing.
  public var effect: NodeEffect {
    switch (file.apiGroup, file.kind) {
    case ("config.openshift.io", "Image"):
      file.object["spec"]?["registrySources"] == nil ? .none : .certain
    case ("config.openshift.io", "Proxy"), ("config.openshift.io", "FeatureGate"), ("config.openshift.io", "Node"):
      .certain
    case ("config.openshift.io", let kind) where Self.harmless.contains(kind): .none
    case ("imageregistry.operator.openshift.io", _), ("samples.operator.openshift.io", _): .none
    case ("", "ConfigMap"): .none
    default: .possible
    }
  }

  /// The command that changes what the object names and leaves the rest.
  ///
  /// - Parameter path: The file of the object, for one that is too long to stand in the command.
  /// - Returns: `nil` for a Secret: its value is one text with everybody's credentials, and a patch would replace it.
  func command(path: String) -> String? {
    guard file.kind != "Secret" else { return nil }
    let start = "oc patch \(resource) --type merge"
    if let value = try? JSONValue(patch) {
      let text = JSONWriter.printableText(of: value)
      if text.utf8.count <= Self.maximumPatchBytes { return "\(start) -p \(Self.quoted(text))" }
    }
    return "\(start) --patch-file \(path)"
  }

  /// Whether a list in it takes the place of the whole list that the cluster has.
  var hasList: Bool { Self.hasList(patch) }

  /// The object without what names it, and without what a server writes.
  private var patch: YAMLValue {
    let kept = (file.object.entries ?? []).filter { !["apiVersion", "kind", "metadata", "status"].contains($0.key) }
    var value = YAMLValue.mapping(kept)
    for member in ["annotations", "labels"] {
      let entries = (file.object["metadata"]?[member]?.entries ?? []).filter {
        $0.key != "kubectl.kubernetes.io/last-applied-configuration"
      }
      if !entries.isEmpty { value.set(["metadata", member], .mapping(entries)) }
    }
    return value.sorted
  }

  private static func hasList(_ value: YAMLValue) -> Bool {
    if let entries = value.entries { return entries.contains { hasList($0.value) } }
    return value.elements != nil
  }

  /// One word for a shell.
  private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  // A terminal takes a pasted line of up to 4,096 bytes, and nobody reads a longer one.
  private static let maximumPatchBytes = 3800
}

extension ClusterSingleton {
  private struct Place: Hashable {
    let kind: String
    let namespace: String
    let name: String

    init(_ kind: String, _ namespace: String, _ name: String) {
      self.kind = kind
      self.namespace = namespace
      self.name = name
    }

    init(_ file: ClusterManifest) { self.init(file.kind, file.namespace ?? "", file.name) }
  }

  // Of these kinds a cluster has one object by itself. The namespace does not matter: a server takes it off an object
  // that can have none.
  private static func isSettings(_ file: ClusterManifest) -> Bool {
    switch file.apiGroup {
    case "config.openshift.io", "operator.openshift.io", "imageregistry.operator.openshift.io",
      "samples.operator.openshift.io":
      ["cluster", "default", "version"].contains(file.name)
    case "machineconfiguration.openshift.io":
      file.kind == "MachineConfigPool" && ["master", "worker"].contains(file.name)
    default: false
    }
  }

  private static let named: Set<Place> = [
    Place("Secret", "openshift-config", "pull-secret"),
    Place("ConfigMap", "openshift-monitoring", "cluster-monitoring-config"),
    Place("ConfigMap", "openshift-user-workload-monitoring", "user-workload-monitoring-config"),
  ]

  private static let harmless: Set<String> = ["Build", "ClusterVersion", "Console", "OAuth", "OperatorHub", "Project"]
}

extension ClusterManifest {
  /// The part of `apiVersion` before the slash; empty for the core kinds.
  var apiGroup: String {
    let version = object["apiVersion"]?.text ?? ""
    return version.firstIndex(of: "/").map { String(version[..<$0]) } ?? ""
  }
}
