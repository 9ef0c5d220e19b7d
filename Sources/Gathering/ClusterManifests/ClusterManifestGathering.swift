internal import ClusterManifests
internal import Configuration
internal import Content
internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import YAML

/// Finds the objects of `mirror.manifests`: those on this machine were read already, the others are fetched.
struct ClusterManifestGathering: Sendable {
  let access: RegistryAccess
  let fetcher: HTTPFetcher
  let local: LocalClusterManifests

  /// Reads and checks all objects.
  ///
  /// - Throws: `configuration` for what cannot be carried or stands for two objects at one path, `corrupt` for a file of
  ///   another digest, `notFound`, and what the fetcher throws.
  func run(_ requests: [ClusterManifestRequest]) async throws -> UserObjects {
    var all = UserObjects()
    for request in requests {
      let found = try await objects(of: request)
      guard !found.isEmpty else {
        throw request.position.error(
          "there is no object in \(request.place.description)", nextStep: "remove the entry, or name another place")
      }
      for object in found { try all.add(object) }
    }
    return all
  }

  private func objects(of request: ClusterManifestRequest) async throws -> [UserObject] {
    switch request.place {
    case .path(let path):
      return try (local.files[path] ?? []).flatMap { file in
        try UserObject.read(file.bytes, source: file.path, profiles: request.profiles)
      }
    case .url(let url, let digest):
      return try UserObject.read(
        try await fetch(url, digest), source: url.description, profiles: request.profiles)
    }
  }

  private func fetch(_ url: HTTPURL, _ digest: Digest) async throws -> [UInt8] {
    try access.requireAllowed(url)
    let bytes = try await fetcher.get(url, limit: YAMLReader.maxBytes, what: "the manifest")
    guard let bytes else {
      throw SealiftError(.notFound, "there is no manifest at \(url)", nextStep: "check the URL in mirror.manifests")
    }
    let found = SHA256Hasher.digest(of: bytes)
    guard found == digest else {
      throw SealiftError(
        .corrupt, "\(url) has the digest \(found), and the configuration says \(digest)",
        nextStep: "read what lies there now; only if it is what you want, write its sha256 into the configuration")
    }
    return bytes
  }
}

extension ClusterManifestRequest.Place {
  fileprivate var description: String {
    switch self {
    case .path(let path): path
    case .url(let url, _): url.description
    }
  }
}
