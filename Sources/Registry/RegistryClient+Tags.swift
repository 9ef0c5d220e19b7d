internal import Diagnostics
internal import HTTPTransport
internal import JSON
internal import OCI

extension RegistryClient {
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
    if let tags = try await tags(in: repository, pages: Self.maximumTagPages) { return tags }
    throw SealiftError(
      .protocol, "\(name)/\(repository) has more than \(Self.maximumTags) tags or no end of pages",
      nextStep: "look at the registry")
  }

  /// - Returns: `nil` if there are more pages than these.
  func tags(in repository: String, pages: Int) async throws -> [String]? {
    var found: [String] = []
    var seen: Set<String> = []
    var next: HTTPURL? = try await url("tags/list", in: repository).adding("n", String(Self.tagsPerPage))
    for _ in 0..<pages where found.count <= Self.maximumTags {
      guard let url = next else { return found }
      // A list that goes in a circle has no end.
      guard seen.insert(url.text).inserted else { return nil }
      let page = try await tagsPage(url, in: repository)
      found += page.tags
      next = page.next
    }
    return next == nil ? found : nil
  }

  private func tagsPage(
    _ url: HTTPURL, in repository: String
  ) async throws -> (tags: [String], next: HTTPURL?) {
    let subject = "the tags of \(name)/\(repository)"
    return try await retrying {
      let response = try await send(Call(method: .get, url: url, scope: reading(repository))) { head in
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
