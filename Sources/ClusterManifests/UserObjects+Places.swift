internal import YAML

extension UserObjects {
  /// What of the objects has no place where, or not yet when, its profiles have it applied: one sentence each.
  ///
  /// - Parameter profiles: Further profiles of the bundle, to which what is for all is given too.
  public func placeNotes(profiles: [String] = []) -> [String] {
    let names = Set(all.flatMap(\.profiles)).union(profiles).sorted()
    let audiences: [String?] = names.isEmpty ? [nil] : names
    var found: [(finding: PlaceFinding, profiles: [String])] = []
    for audience in audiences {
      for finding in PlaceFinding.all(in: self, for: audience) {
        if let same = found.firstIndex(where: { $0.finding == finding }) {
          found[same].profiles += [audience].compactMap(\.self)
        } else {
          found.append((finding, [audience].compactMap(\.self)))
        }
      }
    }
    return found.map { $0.finding.text(for: $0.profiles) }
  }
}

/// Objects that a profile cannot bring, for one reason.
private struct PlaceFinding: Equatable {
  enum Reason: Equatable {
    case livesAtHub, livesAtManagedCluster, beforeCluster, beforeOperator
    case withoutNamespace(String)
  }

  let reason: Reason
  /// `KIND NAMESPACE/NAME` of each.
  let objects: [String]

  init?(_ reason: Reason, _ files: [ClusterManifest]) {
    if files.isEmpty { return nil }
    self.reason = reason
    objects = files.map { "\($0.kind) \($0.namespace.map { "\($0)/" } ?? "")\($0.name)" }
  }

  /// - Parameter audience: A profile; none for a bundle without profiles.
  static func all(in objects: UserObjects, for audience: String?) -> [PlaceFinding] {
    let given = objects.all.filter { $0.profiles.isEmpty || audience.map($0.profiles.contains) == true }
    let own = given.filter { !$0.profiles.isEmpty }.map(\.manifest)
    let isHub = audience.map { Self.isHub($0, own) }
    let isMisplaced = { (file: ClusterManifest) in
      guard let isHub, let home = KindHome(file) else { return false }
      return home.isAtHub != isHub
    }
    let files = given.map(\.manifest)
    let step = ApplyStep(files.filter { !isMisplaced($0) })
    let misplaced = files.filter(isMisplaced)
    var findings = [PlaceFinding(isHub == true ? .livesAtManagedCluster : .livesAtHub, misplaced)]
    let late = step.beforeClusters
    let paths = Set((late + misplaced).map(\.path))
    // A profile with nothing else is applied when the clusters have joined.
    if !(own.isEmpty ? files : own).allSatisfy({ paths.contains($0.path) }) {
      findings.append(.init(.beforeCluster, late))
    }
    let lost = Dictionary(grouping: step.withoutNamespace) { $0.namespace ?? "" }
    findings += lost.sorted { $0.key < $1.key }.map { .init(.withoutNamespace($0.key), $0.value) }
    findings.append(.init(.beforeOperator, step.beforeOperators))
    return findings.compactMap(\.self)
  }

  /// Whether a profile is a hub's: its name says so, or it installs what makes a cluster one.
  private static func isHub(_ name: String, _ own: [ClusterManifest]) -> Bool {
    let parts = name.split(separator: "-").map { $0.prefix { !$0.isNumber } }
    return parts.contains { ["acm", "hub", "hubs"].contains($0) }
      || own.contains { file in
        ["ClusterManager", "MultiClusterEngine", "MultiClusterHub"].contains(file.kind)
          || (file.apiGroup == "operators.coreos.com"
            && hubOperators.contains(file.object["spec"]?["name"]?.text ?? ""))
      }
  }

  private static let hubOperators: Set<String> = [
    "advanced-cluster-management", "multicluster-engine", "odf-multicluster-orchestrator", "odr-hub-operator",
    "topology-aware-lifecycle-manager",
  ]

  func text(for profiles: [String]) -> String {
    let names = profiles.joined(separator: ", ")
    let place = profiles.isEmpty ? "" : profiles.count == 1 ? " in profile \(names)" : " in the profiles \(names)"
    return "\(list)\(place): \(explanation)"
  }

  private var explanation: String {
    switch reason {
    case .livesAtHub:
      "this lives on the hub, and no managed cluster takes it: unless that is the hub's profile, give it one that is, such "
        + "as hub"
    case .livesAtManagedCluster:
      "this lives on a managed cluster: give it a profile for those"
    case .beforeCluster:
      "its namespace is there when the managed cluster of that name has joined: give it a profile of its own, such as "
        + "hub-joined, that is applied then, or bring the Namespace"
    case .beforeOperator:
      "its kind comes with an operator, and is refused until that is installed: apply the same again then, or give it a "
        + "profile of its own"
    case .withoutNamespace(let name):
      "nothing that is applied with it makes the namespace \(name): bring it, or see that it is there before"
    }
  }

  // A list is for reading; the plan has all of them.
  private var list: String {
    let shown = objects.prefix(3).joined(separator: ", ")
    return objects.count > 3 ? "\(shown) and \(objects.count - 3) more" : shown
  }
}
