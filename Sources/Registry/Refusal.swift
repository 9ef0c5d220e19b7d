internal import HTTPTransport

/// What a request was for, which tells what helps where it is refused.
enum Purpose: Sendable {
  /// Something is asked for.
  case pull
  /// Something is sent to a repository.
  case push(String)
  /// A manifest is sent to a repository under a tag.
  case tag(String, in: String)

  /// The repository that something is sent to, if some registries have none that lie so deep.
  var deepRepository: String? { repository.flatMap { $0.split(separator: "/").count > 2 ? $0 : nil } }

  fileprivate var repository: String? {
    switch self {
    case .pull: nil
    case .push(let repository), .tag(_, let repository): repository
    }
  }
}

/// Why a registry takes nothing that is sent to it, as far as its status and its words tell.
///
/// Registries have neither codes nor statuses of their own for these; the words are those of Artifactory, distribution,
/// ECR, GitLab, Harbor, Nexus and Quay.
enum Refusal {
  case readOnly
  case full
  case immutable(tag: String)
  case missingRepository
  case tooDeep(String)

  init?(_ response: HTTPResponse, _ words: String, _ purpose: Purpose) {
    guard let repository = purpose.repository, response.status >= 400 else { return nil }
    let words = words.lowercased()
    func says(_ phrases: String...) -> Bool { phrases.contains { words.contains($0) } }
    switch response.status {
    case _ where says("read-only", "read only", "readonly", "pull-through", "pull through", "proxy project"), 405:
      self = .readOnly
    case _ where says("quota", "upper limit", "insufficient storage", "storage limit"), 507: self = .full
    case 401, 407, 408, 413, 429, 500...: return nil
    default:
      if case .tag(let tag, _) = purpose, Self.isImmutable(response.status, says) {
        self = .immutable(tag: "\(repository):\(tag)")
      } else if response.status == 404, says("name_unknown", "does not exist", "not found") {
        self = .missingRepository
      } else if response.status == 400, let deep = purpose.deepRepository,
        !says("manifest", "digest_", "size_", "blob_")
      {
        self = .tooDeep(deep)
      } else {
        return nil
      }
    }
  }

  private static func isImmutable(_ status: Int, _ says: (String...) -> Bool) -> Bool {
    status == 409 || status == 412
      || says("immutab", "overwrit", "already exists", "does not allow updating", "locked", "redeploy")
  }
}
