public import Digests
internal import YAML

/// The update service of a cluster that cannot reach the public one.
public enum UpdateService {
  /// The template of the object.
  ///
  /// - Parameters:
  ///   - graphImage: The path of the graph-data image, relative to the target.
  ///   - digest: Its digest: a tag would let a later bundle change what the service says without a change here.
  ///   - releases: The path of the payloads.
  ///
  /// Source: `formats/manifests.md`, "Update service".
  public static func template(
    graphImage: String, digest: Digest, releases: String = "openshift/release-images"
  ) -> ClusterManifest {
    ClusterManifest([
      "apiVersion": "updateservice.operator.openshift.io/v1", "kind": "UpdateService",
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "spec": [
        "graphDataImage": .string("\(Placeholder.reference(graphImage))@\(digest)"),
        "releases": .string(Placeholder.reference(releases)), "replicas": .integer(2),
      ],
    ])
  }

  static let name = "update-service-oc-mirror"
  static let namespace = "openshift-update-service"
}
