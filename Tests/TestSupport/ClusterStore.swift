internal import JSON
internal import Synchronization

/// The objects of a `ClusterDouble`, and its answers.
///
/// Source: Kubernetes API conventions; RFC 7386 for patches, which is what a strategic merge patch is, too, for objects
/// that are patched in maps alone.
final class ClusterStore: Sendable {
  private let builtIn: [ClusterDouble.Kind]
  private let rejected: Set<String>
  private let version: String
  private let held = Mutex<[String: JSONValue]>([:])

  init(version: String, kinds: [ClusterDouble.Kind], rejecting: Set<String>) {
    self.version = version
    builtIn = kinds
    rejected = rejecting
  }

  /// What is served: what was so from the start, and what definitions have added.
  private var kinds: [ClusterDouble.Kind] {
    let definitions = held.withLock { held in held.filter { $0.key.hasPrefix("CustomResourceDefinition/") } }
    return builtIn + definitions.values.flatMap(Self.defined)
  }

  private static func defined(by definition: JSONValue) -> [ClusterDouble.Kind] {
    let spec = definition["spec"]
    guard let group = spec?["group"]?.text, let kind = spec?["names"]?["kind"]?.text,
      let plural = spec?["names"]?["plural"]?.text
    else { return [] }
    return (spec?["versions"]?.elements ?? []).compactMap { version in
      version["name"]?.text.map {
        ClusterDouble.Kind("\(group)/\($0)", kind, plural, isNamespaced: spec?["scope"]?.text == "Namespaced")
      }
    }
  }

  var names: [String] { held.withLock { $0.keys.sorted() } }

  func object(_ name: String) -> String? {
    held.withLock { $0[name] }.map { String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self) }
  }

  func answer(_ request: HTTPDouble.Request) -> (Int, JSONValue) {
    let parts = request.path.split(separator: "/").map(String.init)
    switch (parts.first, parts.count) {
    case ("version", 1):
      return (200, object([("gitVersion", "v1.31.4"), ("major", "1"), ("minor", "31")]))
    case ("api", 1): return (200, object([("kind", "APIVersions")], ["versions": [.string("v1")]]))
    case ("apis", 1): return (200, groups)
    case ("api", 2): return resources(of: "v1")
    case ("apis", 3): return resources(of: "\(parts[1])/\(parts[2])")
    case ("api", _): return objects("v1", parts.dropFirst(2), request)
    case ("apis", _): return objects("\(parts[1])/\(parts[2])", parts.dropFirst(3), request)
    default: return failure(404, "NotFound", "there is no \(request.path)")
    }
  }

  private var groups: JSONValue {
    var versions: [String: [String]] = [:]
    for kind in kinds where kind.apiVersion.contains("/") {
      let group = String(kind.apiVersion.prefix { $0 != "/" })
      if versions[group]?.contains(kind.apiVersion) != true { versions[group, default: []].append(kind.apiVersion) }
    }
    let groups = versions.sorted { $0.key < $1.key }.map { group, versions in
      let all = versions.map { object([("groupVersion", $0), ("version", String($0.dropFirst(group.count + 1)))]) }
      return JSONValue.object([
        .init("name", .string(group)), .init("preferredVersion", all[0]), .init("versions", .array(all)),
      ])
    }
    return object([("apiVersion", "v1"), ("kind", "APIGroupList")], ["groups": groups])
  }

  private func resources(of apiVersion: String) -> (Int, JSONValue) {
    let served = kinds.filter { $0.apiVersion == apiVersion }
    guard !served.isEmpty else { return failure(404, "NotFound", "there is no \(apiVersion)") }
    let resources = served.map { kind in
      JSONValue.object([
        .init("kind", .string(kind.name)), .init("name", .string(kind.plural)),
        .init("namespaced", .boolean(kind.isNamespaced)), .init("singularName", .string(kind.name.lowercased())),
        .init("verbs", .array(["create", "delete", "get", "list", "patch", "update", "watch"].map { .string($0) })),
      ])
    }
    let head = [("apiVersion", "v1"), ("groupVersion", apiVersion), ("kind", "APIResourceList")]
    return (200, object(head, ["resources": resources]))
  }

  private func objects(
    _ apiVersion: String, _ path: ArraySlice<String>, _ request: HTTPDouble.Request
  ) -> (Int, JSONValue) {
    var path = Array(path)
    var namespace: String?
    if path.count > 2, path[0] == "namespaces" {
      namespace = path[1]
      path.removeFirst(2)
    }
    let kind = kinds.first {
      $0.apiVersion == apiVersion && $0.plural == path.first && $0.isNamespaced == (namespace != nil)
    }
    guard let kind, path.count <= 2 else { return failure(404, "NotFound", "there is no \(request.path)") }
    let body = try? JSONReader.value(request.body, source: request.path)
    let isDryRun = request.target.contains("dryRun=All")
    if request.method == "POST" { return create(kind, namespace, body ?? .null, isDryRun: isDryRun) }
    if path.count == 1, request.method == "GET" { return list(kind, request) }
    guard path.count == 2 else { return failure(405, "MethodNotAllowed", "only single objects are changed") }
    let name = [kind.name, namespace, path[1]].compactMap(\.self).joined(separator: "/")
    switch request.method {
    case "GET":
      if name == "ClusterVersion/version" { return (200, clusterVersion) }
      return held.withLock { $0[name] }.map { (200, $0) } ?? failure(404, "NotFound", "\(name) not found")
    case "PUT", "PATCH":
      return change(name, kind, body ?? .null, isPatch: request.method == "PATCH", isDryRun: isDryRun)
    default: return failure(405, "MethodNotAllowed", "\(request.method) is not served")
    }
  }

  /// The objects of a kind, or the one that a field selector names.
  private func list(_ kind: ClusterDouble.Kind, _ request: HTTPDouble.Request) -> (Int, JSONValue) {
    let wanted = request.target.argument(after: "metadata.name%3D")
    let found = held.withLock { held in
      held.filter {
        $0.key.hasPrefix("\(kind.name)/") && (wanted == nil || $0.value["metadata"]?["name"]?.text == wanted)
      }
    }
    let items = found.sorted { $0.key < $1.key }.map(\.value)
    guard case .object(let members) = object([("apiVersion", kind.apiVersion), ("kind", "\(kind.name)List")]) else {
      return (500, .null)
    }
    let metadata = JSONValue.Member("metadata", object([("resourceVersion", "1")]))
    return (200, .object(members + [metadata, .init("items", .array(items))]))
  }

  private func create(
    _ kind: ClusterDouble.Kind, _ namespace: String?, _ body: JSONValue, isDryRun: Bool
  ) -> (Int, JSONValue) {
    guard let id = body["metadata"]?["name"]?.text, body["kind"]?.text == kind.name else {
      return failure(400, "BadRequest", "this is no \(kind.name)")
    }
    if rejected.contains(kind.name) { return failure(422, "Invalid", "\(kind.name) \"\(id)\" is invalid") }
    let name = [kind.name, namespace, id].compactMap(\.self).joined(separator: "/")
    // As a real server: what is in a namespace needs it, where namespaces are served at all.
    if let namespace, builtIn.contains(where: { $0.name == "Namespace" }),
      held.withLock({ $0["Namespace/\(namespace)"] == nil })
    {
      return failure(404, "NotFound", "namespaces \"\(namespace)\" not found")
    }
    let server: JSONValue = .object([
      .init(
        "metadata",
        .object([
          .init("creationTimestamp", .string("2026-01-01T00:00:00Z")), .init("resourceVersion", .string("1")),
          .init("uid", .string("00000000-0000-0000-0000-000000000001")),
        ])),
      .init("status", kind.name == "CustomResourceDefinition" ? established : body["status"] ?? .null),
    ])
    let created = Self.merge(body, with: server)
    return held.withLock { held in
      if held[name] != nil { return failure(409, "AlreadyExists", "\(name) already exists") }
      if !isDryRun { held[name] = created }
      return (201, created)
    }
  }

  private func change(
    _ name: String, _ kind: ClusterDouble.Kind, _ body: JSONValue, isPatch: Bool, isDryRun: Bool
  ) -> (Int, JSONValue) {
    if rejected.contains(kind.name) { return failure(422, "Invalid", "\(name) is invalid") }
    return held.withLock { held in
      guard let before = held[name] else { return failure(404, "NotFound", "\(name) not found") }
      let after = isPatch ? Self.merge(before, with: body) : body
      if !isDryRun { held[name] = after }
      return (200, after)
    }
  }

  /// Source: RFC 7386, section 2.
  private static func merge(_ value: JSONValue, with patch: JSONValue) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members = value.members ?? []
    for change in changes {
      let index = members.firstIndex { $0.name == change.name }
      let before = index.map { members[$0].value } ?? .null
      if let index { members.remove(at: index) }
      if change.value != .null { members.append(.init(change.name, merge(before, with: change.value))) }
    }
    return .object(members)
  }

  private var established: JSONValue {
    .object([.init("conditions", .array([object([("status", "True"), ("type", "Established")])]))])
  }

  private var clusterVersion: JSONValue {
    let desired = JSONValue.object([.init("desired", object([("version", version)]))])
    return .object([
      .init("apiVersion", .string("config.openshift.io/v1")), .init("kind", .string("ClusterVersion")),
      .init("metadata", object([("name", "version")])), .init("status", desired),
    ])
  }

  private func failure(_ code: Int, _ reason: String, _ message: String) -> (Int, JSONValue) {
    let head = [
      ("apiVersion", "v1"), ("kind", "Status"), ("message", message), ("reason", reason), ("status", "Failure"),
    ]
    guard case .object(let members) = object(head) else { return (500, .null) }
    return (code, .object(members + [.init("code", .integer(code))]))
  }

  private func object(_ texts: [(String, String)], _ lists: [String: [JSONValue]] = [:]) -> JSONValue {
    let members = texts.map { JSONValue.Member($0, .string($1)) }
    return .object(members + lists.map { JSONValue.Member($0, .array($1)) })
  }
}

extension String {
  /// What stands behind `marker`, up to the next `&`.
  fileprivate func argument(after marker: String) -> String? {
    firstRange(of: marker).map { String(self[$0.upperBound...].prefix { $0 != "&" }) }
  }
}
