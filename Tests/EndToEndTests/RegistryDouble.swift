import Digests
import OCI
import SystemIO
import TestSupport

/// A registry in memory: it has the referrers API, which no packaged server has, and fails as a test says.
final class RegistryDouble: Sendable {
  struct Content {
    var blobs: [String: [UInt8]] = [:]
    var manifests: [String: (type: String, bytes: [UInt8])] = [:]
    var uploads: [String: [UInt8]] = [:]
    /// Every tag that was ever set, as `repository:tag`.
    var tags: Set<String> = []
  }

  private let state: Monitor<Content>
  private let double: HTTPDouble

  /// Starts a registry.
  ///
  /// - Parameter fault: What is answered in place of what a registry would; `nil` for what is as it should be.
  init(fault: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply? = { _ in nil }) throws {
    let state = Monitor(Content())
    self.state = state
    double = try HTTPDouble { request in fault(request) ?? Self.answer(request, state) }
  }

  var address: String { double.address }
  var requests: [HTTPDouble.Request] { double.requests }
  var content: Content { state.withLock { $0 } }

  /// Puts an image of a layout, with all that hangs below it, into a repository.
  func add(_ image: Descriptor, from layout: LayoutFixture, to repository: String, tag: String? = nil) throws {
    let bytes = try layout.bytes(of: image)
    let manifest = try Manifest(bytes, mediaType: image.mediaType, source: "a manifest of the test")
    switch manifest.content {
    case .index(let children):
      for child in children { try add(child, from: layout, to: repository) }
    case .image(let config, let layers):
      for blob in [config] + layers {
        let bytes = try layout.bytes(of: blob)
        state.withLock { $0.blobs["\(repository)@\(blob.digest)"] = bytes }
      }
    }
    state.withLock { state in
      for reference in [image.digest.description, tag].compactMap(\.self) {
        state.manifests["\(repository)@\(reference)"] = (image.mediaType.rawValue, bytes)
      }
    }
  }

  /// What a registry answers.
  ///
  /// Source: OCI distribution-spec, "API".
  private static func answer(_ request: HTTPDouble.Request, _ state: Monitor<Content>) -> HTTPDouble.Reply {
    if request.path == "/v2/" { return .whole(200) }
    guard let match = request.path.wholeMatch(of: /\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|referrers)\/([^\/]*)/)
    else { return .whole(404) }
    let (repository, reference) = (String(match.1), String(match.3))
    return state.withLock { state in
      switch match.2 {
      case "manifests": manifest(request, "\(repository)@\(reference)", &state)
      case "blobs": blob(request, state.blobs["\(repository)@\(reference)"])
      case "referrers": referrers(of: reference, in: repository, state)
      default: upload(request, reference, repository, &state)
      }
    }
  }

  private static func manifest(
    _ request: HTTPDouble.Request, _ name: String, _ state: inout Content
  ) -> HTTPDouble.Reply {
    guard request.method == "PUT" else {
      guard let found = state.manifests[name] else { return .whole(404) }
      var headers = ["Content-Type": found.type]
      headers["Docker-Content-Digest"] = SHA256Hasher.digest(of: found.bytes).description
      if request.method == "HEAD" { headers["Content-Length"] = "\(found.bytes.count)" }
      return .whole(200, headers, request.method == "HEAD" ? [] : found.bytes)
    }
    let type = request.headers["content-type"] ?? ""
    let digest = SHA256Hasher.digest(of: request.body)
    let repository = name.prefix { $0 != "@" }
    let reference = name.dropFirst(repository.count + 1)
    if !reference.hasPrefix("sha256:") { state.tags.insert("\(repository):\(reference)") }
    state.manifests[name] = (type, request.body)
    state.manifests["\(repository)@\(digest)"] = (type, request.body)
    let manifest = try? Manifest(request.body, mediaType: MediaType(rawValue: type), source: "an upload")
    return .whole(201, manifest?.subject.map { ["OCI-Subject": $0.digest.description] } ?? [:])
  }

  private static func blob(_ request: HTTPDouble.Request, _ bytes: [UInt8]?) -> HTTPDouble.Reply {
    guard let bytes else { return .whole(404) }
    if request.method == "HEAD" { return .whole(200, ["Content-Length": "\(bytes.count)"]) }
    let start = request.headers["range"].flatMap { $0.wholeMatch(of: /bytes=([0-9]+)-/) }.flatMap { Int($0.1) }
    guard let start else { return .whole(200, [:], bytes) }
    return .whole(206, ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"], Array(bytes[start...]))
  }

  private static func referrers(of subject: String, in repository: String, _ state: Content) -> HTTPDouble.Reply {
    let all = state.manifests.filter { $0.key.hasPrefix("\(repository)@sha256:") }.sorted { $0.key < $1.key }
    let found = all.compactMap { _, manifest -> String? in
      let read = try? Manifest(manifest.bytes, mediaType: MediaType(rawValue: manifest.type), source: "a manifest")
      guard read?.subject?.digest.description == subject else { return nil }
      let digest = SHA256Hasher.digest(of: manifest.bytes)
      return #"{"mediaType":"\#(manifest.type)","digest":"\#(digest)","size":\#(manifest.bytes.count)}"#
    }
    let type = MediaType.ociIndex.rawValue
    let index = #"{"schemaVersion":2,"mediaType":"\#(type)","manifests":[\#(found.joined(separator: ","))]}"#
    return .whole(200, ["Content-Type": type], Array(index.utf8))
  }

  private static func upload(
    _ request: HTTPDouble.Request, _ session: String, _ repository: String, _ state: inout Content
  ) -> HTTPDouble.Reply {
    switch request.method {
    case "POST":
      let session = "\(state.uploads.count)"
      state.uploads[session] = []
      return .whole(202, ["Location": "/v2/\(repository)/blobs/uploads/\(session)"])
    case "PATCH":
      state.uploads[session, default: []] += request.body
      return .whole(202, ["Location": request.path, "Range": "0-\(max(1, state.uploads[session]?.count ?? 0) - 1)"])
    case "PUT":
      let bytes = (state.uploads[session] ?? []) + request.body
      let digest = SHA256Hasher.digest(of: bytes)
      guard request.target.contains(digest.hex) else { return .whole(400) }
      state.blobs["\(repository)@\(digest)"] = bytes
      return .whole(201)
    case "DELETE": return .whole(204)
    case "GET":
      guard let bytes = state.uploads[session] else { return .whole(404) }
      return .whole(204, ["Location": request.path, "Range": "0-\(max(1, bytes.count) - 1)"])
    default: return .whole(404)
    }
  }
}

extension LayoutFixture {
  /// The bytes of a blob.
  func bytes(of blob: Descriptor) throws -> [UInt8] {
    try FileSystem.read("\(path)/blobs/sha256/\(blob.digest.hex)", limit: 1 << 30)
  }
}
