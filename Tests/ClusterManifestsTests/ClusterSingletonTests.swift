import ClusterManifests
import Testing

@Suite struct ClusterSingletonTests {
  @Test(arguments: [
    ("config.openshift.io/v1", "OperatorHub", "cluster", nil),
    ("config.openshift.io/v1", "ClusterVersion", "version", nil),
    ("config.openshift.io/v1", "Image", "cluster", nil), ("config.openshift.io/v1", "Image", "cluster", "default"),
    ("operator.openshift.io/v1", "IngressController", "default", "openshift-ingress-operator"),
    ("imageregistry.operator.openshift.io/v1", "Config", "cluster", nil),
    ("machineconfiguration.openshift.io/v1", "MachineConfigPool", "worker", nil),
    ("v1", "Secret", "pull-secret", "openshift-config"),
    ("v1", "ConfigMap", "cluster-monitoring-config", "openshift-monitoring"),
  ])
  func settingsOfAllAreKnown(version: String, kind: String, name: String, namespace: String?) throws {
    #expect(ClusterSingleton(try file(version, kind, name, namespace)) != nil)
  }

  @Test(arguments: [
    ("config.openshift.io/v1", "ImageDigestMirrorSet", "idms-release-0", nil),
    ("operator.openshift.io/v1alpha1", "ImageContentSourcePolicy", "icsp-release-0", nil),
    ("updateservice.operator.openshift.io/v1", "UpdateService", "cluster", "a"),
    ("machineconfiguration.openshift.io/v1", "MachineConfigPool", "infra", nil),
    ("v1", "Secret", "pull-secret", "mine"), ("v1", "Secret", "pull-secret", nil), ("v1", "ConfigMap", "cluster", nil),
    ("example.com/v1", "Secret", "pull-secret", "openshift-config"),
    ("'$(id)/v1'", "ConfigMap", "cluster-monitoring-config", "openshift-monitoring"),
    ("example.com/v1", "Image", "cluster", nil), ("xconfig.openshift.io/v1", "Image", "cluster", nil),
  ])
  func otherObjectsAreFiles(version: String, kind: String, name: String, namespace: String?) throws {
    #expect(ClusterSingleton(try file(version, kind, name, namespace)) == nil)
  }

  @Test(arguments: [
    ("config.openshift.io/v1", "Image", "spec: {additionalTrustedCA: {name: a}}", ClusterSingleton.NodeEffect.none),
    ("config.openshift.io/v1", "Image", "spec: {registrySources: {insecureRegistries: [a]}}", .certain),
    ("config.openshift.io/v1", "Proxy", "spec: {httpProxy: a}", .certain),
    ("config.openshift.io/v1", "OperatorHub", "spec: {disableAllDefaultSources: true}", .none),
    ("config.openshift.io/v1", "APIServer", "spec: {}", .possible),
    ("operator.openshift.io/v1", "Image", "spec: {}", .possible),
  ])
  func theirEffectOnNodesIsKnown(
    version: String, kind: String, spec: String, effect: ClusterSingleton.NodeEffect
  ) throws {
    #expect(ClusterSingleton(try file(version, kind, "cluster", nil, spec))?.effect == effect)
  }

  private func file(
    _ version: String, _ kind: String, _ name: String, _ namespace: String?, _ rest: String = ""
  ) throws -> ClusterManifest {
    let place = namespace.map { ", namespace: \($0)" } ?? ""
    let text = "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: \(name)\(place)}\n\(rest)\n"
    return try ClusterManifest(Array(text.utf8), source: "x")
  }
}
