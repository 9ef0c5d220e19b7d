internal import Diagnostics
public import Digests
internal import HTTPTransport
internal import JSON
internal import OCI

extension RegistryClient {
  /// Deletes a manifest by its digest; in most registries all of its tags in the repository go with it.
  ///
  /// - Returns: `false` if the repository did not have it.
  /// - Throws: `denied` if the registry does not allow any deletion, or not with these credentials.
  ///
  /// Source: OCI distribution-spec, "Deleting Manifests".
  public func deleteManifest(_ digest: Digest, in repository: String) async throws -> Bool {
    let subject = "deleting \(name)/\(repository)@\(digest)"
    return try await retrying {
      let url = try await url("manifests/\(digest)", in: repository)
      let response = try await send(Call(method: .delete, url: url, scope: .delete(repository)))
      switch response.status {
      case 200, 202, 204: return true
      case 404, 410: return false
      case 405:
        throw SealiftError(
          .denied, "\(name) allows no deletion: it answered 405 for \(subject)",
          nextStep: "have it allowed: for docker-registry, `storage: {delete: {enabled: true}}` in its config.yml, or "
            + "REGISTRY_STORAGE_DELETE_ENABLED=true, and a restart")
      default: throw response.error(subject, host: name)
      }
    }
  }

  // Far more than any release has images; pages hold what the registry likes.
  private static let maximumTagPages = 10_000
  private static let maximumTags = 1_000_000
  // Quay serves no more than 100 at once, and says where to go on; others take what they are asked for.
  private static let tagsPerPage = 1000
  // A page of that many tags of 128 bytes, with their quotes.
  private static let maximumTagPageBytes = 4 << 20

  /// Lists the tags of a repository, none if there is no such repository.
  ///
  /// Source: OCI distribution-spec, "Listing Tags".
  public func tags(in repository: String) async throws -> [String] {
    var found: [String] = []
    var next: HTTPURL? = try await url("tags/list", in: repository).adding("n", String(Self.tagsPerPage))
    for _ in 0..<Self.maximumTagPages {
      guard let url = next else { return found }
      let page = try await tagsPage(url, in: repository)
      found += page.tags
      next = page.next
      guard found.count <= Self.maximumTags else { break }
    }
    throw SealiftError(
      .protocol, "\(name)/\(repository) has more than \(Self.maximumTags) tags or no end of pages",
      nextStep: "look at the registry")
  }

  private func tagsPage(
    _ url: HTTPURL, in repository: String
  ) async throws -> (tags: [String], next: HTTPURL?) {
    let subject = "the tags of \(name)/\(repository)"
    return try await retrying {
      let response = try await send(Call(method: .get, url: url, scope: .pull(repository))) { head in
        head.status == 200 ? .keep(limit: Self.maximumTagPageBytes) : .excerpt
      }
      if response.status == 404 { return ([], nil) }
      guard response.status == 200 else { throw response.error(subject, host: name) }
      let list = try JSONReader.value(response.body, source: subject)
      let tags = list["tags"]?.elements?.compactMap(\.text) ?? []
      guard tags.allSatisfy(ImageReference.isTag) else {
        throw SealiftError(.protocol, "\(subject) are not all tags", nextStep: "look at what the registry sent")
      }
      return (tags, try nextPage(response, after: url, of: "tags"))
    }
  }
}
