extension NextSteps {
  /// What makes the cluster trust the registry.
  var trust: String? {
    let trust = RegistryTrust(directory)
    let path = optional.first { $0.file == trust.imageSettings }?.path
    guard let settings = trust.imageSettings.flatMap(ClusterSingleton.init), let path else { return nil }
    return [
      "## Trust in the registry\n", certificates(trust), insecure(trust),
      "\nThe file for this is `\(path)`:\n\n    \(settings.command(path: path) ?? "")\n",
    ].compactMap(\.self).joined()
  }

  private func certificates(_ trust: RegistryTrust) -> String? {
    guard let file = trust.certificates else { return nil }
    let place = "-n \(RegistryTrust.namespace)"
    let keys = trust.keys.map { "--from-file=\($0)=\(RegistryTrust.authoritiesPath)" }.joined(separator: " ")
    return """

      `\(file.path)` has the certificate of the registry's authority. It does nothing until the cluster is told its name. \
      See first which name it was told before:

          oc apply -f \(file.path)
          oc get image.config.openshift.io cluster -o jsonpath='{.spec.additionalTrustedCA.name}{"\\n"}'

      If that prints the name of another ConfigMap, add the certificate to that one, in place of NAME, and leave out the \
      rest of this section, which would take away those that are in it:

          oc set data configmap/NAME \(place) \(keys)

      """
  }

  private func insecure(_ trust: RegistryTrust) -> String? {
    guard directory.cluster.isInsecure else { return nil }
    let registry = directory.cluster.target.registry
    return """

      The registry was reached without TLS, or without a proof of its certificate. A cluster pulls from it only if \
      `insecureRegistries` names it. **All nodes are drained**, one after the other, and restart, or their container \
      runtime does. See first which registries are named:

          oc get image.config.openshift.io cluster -o jsonpath='{.spec.registrySources}{"\\n"}'

      If `insecureRegistries` has some, add this one to them, and leave out the command below, which would replace them. If \
      `allowedRegistries` has some, add it there in the same way:

          oc patch image.config.openshift.io cluster --type json \
      -p '[{"op":"add","path":"/spec/registrySources/insecureRegistries/-","value":"\(registry)"}]'

      """
  }
}
