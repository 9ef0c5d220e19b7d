internal import Diagnostics
public import Digests
internal import HTTPTransport

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
}
