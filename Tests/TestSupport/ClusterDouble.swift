internal import JSON
internal import Synchronization
internal import SystemIO

/// The API server of a cluster as far as `kubectl apply` needs one: it says which kinds it serves and keeps what it is sent.
public final class ClusterDouble: Sendable {
  /// A kind of object.
  public struct Kind: Sendable, Hashable {
    /// `v1` or `group/version`.
    public let apiVersion: String
    /// The kind, such as `ConfigMap`.
    public let name: String
    /// The kind in paths, such as `configmaps`.
    public let plural: String
    /// Whether its objects are in namespaces.
    public let isNamespaced: Bool

    /// Makes a kind.
    public init(_ apiVersion: String, _ name: String, _ plural: String, isNamespaced: Bool = false) {
      self.apiVersion = apiVersion
      self.name = name
      self.plural = plural
      self.isNamespaced = isNamespaced
    }

    /// What matters here of what every cluster serves; with it, an object needs its namespace.
    public static let kubernetes = [
      Kind("v1", "ConfigMap", "configmaps", isNamespaced: true),
      Kind("v1", "Namespace", "namespaces"),
      Kind("v1", "ServiceAccount", "serviceaccounts", isNamespaced: true),
      Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"),
      Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles"),
      Kind("rbac.authorization.k8s.io/v1", "Role", "roles", isNamespaced: true),
    ]

    /// What an OpenShift cluster with the operators of update service and catalogs serves, of what matters here.
    public static let openShift = [
      Kind("v1", "ConfigMap", "configmaps", isNamespaced: true),
      Kind("config.openshift.io/v1", "ClusterVersion", "clusterversions"),
      Kind("config.openshift.io/v1", "Image", "images"),
      Kind("config.openshift.io/v1", "ImageDigestMirrorSet", "imagedigestmirrorsets"),
      Kind("config.openshift.io/v1", "ImageTagMirrorSet", "imagetagmirrorsets"),
      Kind("config.openshift.io/v1", "OperatorHub", "operatorhubs"),
      Kind("operator.openshift.io/v1alpha1", "ImageContentSourcePolicy", "imagecontentsourcepolicies"),
      Kind("operators.coreos.com/v1alpha1", "CatalogSource", "catalogsources", isNamespaced: true),
      Kind("olm.operatorframework.io/v1", "ClusterCatalog", "clustercatalogs"),
      Kind("updateservice.operator.openshift.io/v1", "UpdateService", "updateservices", isNamespaced: true),
    ]
  }

  private let server: HTTPDouble
  private let store: ClusterStore
  private let directory: TemporaryDirectory

  /// Starts to serve.
  ///
  /// - Parameters:
  ///   - version: What the object `ClusterVersion` says.
  ///   - kinds: What is served.
  ///   - rejecting: The kinds of which each object is refused as invalid.
  public init(version: String = "4.18.1", kinds: [Kind] = Kind.openShift, rejecting: Set<String> = []) throws {
    let store = ClusterStore(version: version, kinds: kinds, rejecting: rejecting)
    server = try HTTPDouble { request in
      let (status, body) = store.answer(request)
      return .whole(status, ["Content-Type": "application/json"], JSONWriter.bytes(of: body))
    }
    self.store = store
    directory = try TemporaryDirectory()
    try FileSystem.write(
      Array(
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "http://\(server.address)"}}]
        contexts: [{name: c, context: {cluster: c}}]
        current-context: c

        """.utf8), to: kubeconfig)
  }

  /// The path of a file for `KUBECONFIG`.
  public var kubeconfig: String { directory("kubeconfig") }

  /// What a tool needs in its environment, and nowhere else to look or write.
  public var environment: [String: String] { ["KUBECONFIG": kubeconfig, "HOME": directory.path] }

  /// The names of the objects that it was sent and keeps: `Kind/name` or `Kind/namespace/name`, sorted.
  public var objects: [String] { store.names }

  /// An object that it keeps, as JSON.
  public func object(_ name: String) -> String? { store.object(name) }

  /// The requests that would change something, `METHOD path`.
  public var changes: [String] {
    server.requests.filter { $0.method != "GET" }.map { "\($0.method) \($0.path)" }
  }
}
