extension NextSteps {
  /// The settings of the whole cluster that the bundle brings, each as a command.
  var settings: String? {
    let settings = settingsOfOthers
    if settings.isEmpty { return nil }
    let start = """
      ## Settings of the whole cluster

      These objects hold other people's settings too, so that no file that `oc apply` takes has them. A command changes \
      what it names and leaves the rest, but a list takes the place of the list that is there: look at it first.

      """
    return start + settings.map { Self.text(of: $0.singleton, path: $0.path) }.joined()
  }

  private static func text(of singleton: ClusterSingleton, path: String) -> String {
    var text = "\n`\(singleton.file.kind)` `\(singleton.file.name)` (`\(path)`): \(singleton.effect.sentence)\n\n"
    if singleton.hasList { text += "    oc get \(singleton.resource) -o yaml\n" }
    if let command = singleton.command(path: path) {
      text += "    \(command)\n"
    } else {
      text += """
        A patch would replace everybody's credentials by those in the file: add yours to those of the cluster with the \
        three commands above.

        """
    }
    return text
  }

  /// How to make one restart of several.
  var oneRestart: String? {
    let settings = optional.compactMap { ClusterSingleton($0.file) }.filter { $0.effect != .none }
    if settings.isEmpty { return nil }
    return """
      ## One restart of the nodes

      Each section below says what changes the nodes. To have each node drained once, pause the pools:

          \(Self.pools(paused: true))

      Then do all of it, the mirrors too, and let the pools go on:

          \(Self.pools(paused: false))

      Where somebody has paused a pool already, name the others one by one. Leave none paused for long: meanwhile the \
      nodes get no new certificates, and `oc get machineconfigpool` shows when all are `UPDATED`.

      """
  }

  /// Source: OpenShift documentation, "Pausing the machine config pools".
  private static func pools(paused: Bool) -> String {
    "for pool in $(oc get machineconfigpool -o name); do "
      + "oc patch \"$pool\" --type merge -p '{\"spec\":{\"paused\":\(paused)}}'; done"
  }
}

extension ClusterSingleton.NodeEffect {
  fileprivate var sentence: String {
    switch self {
    case .none: "no node restarts."
    case .possible: "it depends on what is changed, and on the version, whether the nodes restart."
    case .certain: "**all nodes are drained**, one after the other, and restart, or their container runtime does."
    }
  }
}
