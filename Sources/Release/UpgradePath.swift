public import Versions

extension UpdateGraph {
  /// The best upgrade path from one version to another.
  ///
  /// Best is the one with the fewest conditional steps, among those the shortest, and among those the one over the
  /// highest versions: where an unconditional path exists, it is found. Where none leads to the end, the path goes to
  /// the highest version that can be reached (not beyond the end), and its last step is blocked.
  ///
  /// - Parameter versions: The only versions that the path may cross; `nil` for all.
  /// - Returns: The steps in order; none if both ends are the same.
  public func path(
    from start: SemanticVersion, to end: SemanticVersion, among versions: Set<SemanticVersion>? = nil
  ) -> [UpgradeStep] {
    let search = UpgradeSearch(self, from: start, among: versions)
    if let path = search.path(to: end) { return path }
    let highest = search.reached.filter { !end.isOrdered(before: $0) }.max { $0.isOrdered(before: $1) } ?? start
    return (search.path(to: highest) ?? []) + [UpgradeStep(from: highest, to: end, kind: .blocked)]
  }
}

/// All that can be reached from one version, and how: a search by the number of conditional steps, then of all steps.
private struct UpgradeSearch {
  /// One way to a version, which may not be the best one.
  private struct Arrival {
    let version: SemanticVersion
    let step: UpgradeStep?
  }

  private var steps: [SemanticVersion: UpgradeStep?] = [:]

  var reached: some Sequence<SemanticVersion> { steps.keys }

  init(_ graph: UpdateGraph, from start: SemanticVersion, among versions: Set<SemanticVersion>?) {
    // By the number of steps so far; `later` has one more conditional step than `current`.
    var current: [Int: [Arrival]] = [0: [Arrival(version: start, step: nil)]]
    while !current.isEmpty {
      var later: [Int: [Arrival]] = [:]
      while let count = current.keys.min(), let row = current.removeValue(forKey: count) {
        for arrival in row where steps[arrival.version] == nil {
          steps[arrival.version] = .some(arrival.step)
          for step in graph.upgrades(from: arrival.version) where steps[step.to] == nil {
            guard versions?.contains(step.to) ?? true else { continue }
            let next = Arrival(version: step.to, step: step)
            if step.kind == .unconditional {
              current[count + 1, default: []].append(next)
            } else {
              later[count + 1, default: []].append(next)
            }
          }
        }
      }
      current = later
    }
  }

  func path(to end: SemanticVersion) -> [UpgradeStep]? {
    guard steps[end] != nil else { return nil }
    var path: [UpgradeStep] = []
    var version = end
    // Each step was first found from a version that was settled before, so there is no way round in a circle.
    while let step = steps[version] ?? nil {
      path.append(step)
      version = step.from
    }
    return path.reversed()
  }
}
