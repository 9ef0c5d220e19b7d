internal import Diagnostics
internal import Digests
internal import HTTPTransport
public import OCI
internal import SystemIO

extension RegistryClient {
  /// Fetches a blob; after a break it goes on where it stopped.
  public func blob(
    _ descriptor: Descriptor, in repository: String, from offset: Int,
    _ consume: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws {
    let subject = "blob \(descriptor.digest) of \(name)/\(repository)"
    let cursor = RangeCursor(
      subject, size: descriptor.size, offset: offset, nextStep: "look at the registry's storage, or ask the publisher")
    // The last byte may have come before the connection broke.
    guard offset == 0 || !cursor.isComplete else { return }
    try await retrying(progress: { cursor.position }) {
      let start = cursor.position
      if start > offset, cursor.isComplete { return }
      var call = Call(
        method: .get, url: try await url("blobs/\(descriptor.digest)", in: repository), scope: reading(repository),
        movesContent: descriptor.size - start >= Lanes.smallestContent)
      if start > 0 { call.headers.add("Range", "bytes=\(start)-") }
      let response = try await send(call) { head in
        guard head.status == 200 || head.status == 206 else { return .excerpt }
        try cursor.begin(head, at: start)
        return .stream { try cursor.take($0, consume) }
      }
      guard response.status == 200 || response.status == 206 else { throw response.error(subject, host: name) }
      try cursor.end()
    }
  }

  /// Asks whether the repository has a blob of that digest and size; a target that refuses to say has none.
  public func hasBlob(_ descriptor: Descriptor, in repository: String) async throws -> Bool {
    try await retrying {
      let url = try await url("blobs/\(descriptor.digest)", in: repository)
      let response = try await send(Call(method: .head, url: url, scope: reading(repository)))
      if [404, 501].contains(response.status) || hides(response) { return false }
      guard response.status == 200 else {
        throw response.error("blob \(descriptor.digest) of \(name)/\(repository)", host: name)
      }
      // One of another size is a broken one: it is sent again.
      return response.headers["Content-Length"].map { Int($0) == descriptor.size } ?? true
    }
  }

  /// Links a blob from another repository; a registry that will not do it opens an upload, which is dropped.
  public func mountBlob(_ descriptor: Descriptor, from other: String, into repository: String) async throws -> Bool {
    do {
      return try await mount(descriptor, from: other, into: repository)
    } catch let error as SealiftError where !error.isTransient {
      // Such as a token server that gives no token for two repositories at once: an upload needs none.
      return false
    }
  }

  private func mount(_ descriptor: Descriptor, from other: String, into repository: String) async throws -> Bool {
    try await retrying {
      let scope = Scope.push(repository, mountedFrom: other)
      let url = try await url("blobs/uploads/", in: repository)
        .adding("mount", descriptor.digest.description).adding("from", other)
      let response = try await send(Call(method: .post, url: url, scope: scope, body: .bytes([])))
      switch response.status {
      case 201: return true
      case 202:
        await cancel(try await session(from: response, after: url, in: repository))
        return false
      case 400, 401, 403, 404, 405: return false
      default: throw response.error("a mount of blob \(descriptor.digest) into \(name)/\(repository)", host: name)
      }
    }
  }
}
