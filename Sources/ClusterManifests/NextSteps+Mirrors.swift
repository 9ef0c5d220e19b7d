extension NextSteps {
  var mirrors: String? {
    let kinds = mirrorKinds
    var text = "## Mirrors\n\n"
    if (kinds.isEmpty && !tagsAreLeft) || directory.isOpenShift3 { return nil }
    if !kinds.isEmpty {
      text += "    oc apply \(kinds.map { "-f \($0.rawValue)/" }.joined(separator: " "))\n\n"
      text += "**This changes the nodes**, one after the other:\n\n"
      text += kinds.map { "- \($0.rawValue): \(Self.effect(of: $0))\n" }.joined()
      text += """
        - An object that exists already under the same name is replaced. An entry that is changed or taken away drains \
        and restarts the nodes, whatever the kind.

        The names are those that other bundles have, and other tools: what is there and not in the files is taken away. \
        See first what that would be, and give the set in the file another name if it must stay:

            oc diff \(kinds.map { "-f \($0.rawValue)/" }.joined(separator: " "))

        Wait until every pool is `UPDATED`:

            oc get machineconfigpool

        """
    }
    if kinds.contains(.imageDigestMirrorSet), mayRefuseBothSorts {
      text += """

        OpenShift 4.13 and 4.14 may not take ImageContentSourcePolicy beside the newer kinds. Where \
        `oc get imagecontentsourcepolicy` lists some, apply only one sort, or convert them: `oc adm migrate icsp FILE`.

        """
    }
    if tagsAreLeft {
      text += """

        Images that are used by tag have no mirror on this cluster: only OpenShift 4.13 and later have \
        ImageTagMirrorSet. Name them at `\(directory.cluster.target(""))` where they are used; `mapping.txt` says how.

        """
    }
    return text
  }

  /// Source: OpenShift documentation, "Image configuration", "Understanding image registry repository mirroring".
  private static func effect(of kind: MirrorKind) -> String {
    switch kind {
    case .imageDigestMirrorSet: "a new one is taken without a drain or a restart."
    case .imageTagMirrorSet: "a new one drains the nodes, and restarts them."
    case .imageContentSourcePolicy:
      "a new one is taken without a drain or a restart; before OpenShift 4.7 nodes restart."
    }
  }

  var mirrorKinds: [MirrorKind] { MirrorKind.allCases.filter { has($0.rawValue) } }

  private var mayRefuseBothSorts: Bool {
    directory.cluster.version.map { $0 < ClusterVersion(major: 4, minor: 15) } ?? true
  }

  private var tagsAreLeft: Bool { optional.contains { $0.file.kind == MirrorKind.imageTagMirrorSet.rawValue } }
}
