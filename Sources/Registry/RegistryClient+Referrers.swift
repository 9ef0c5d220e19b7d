internal import Diagnostics
public import Digests
internal import HTTPTransport
public import OCI
internal import Synchronization

extension RegistryClient {
  // A manifest has a few signatures, attestations and SBOMs, not thousands; pages hold what the registry likes.
  private static let maximumPages = 100
  private static let maximumReferrers = 10_000

  /// Lists the referrers of a manifest.
  ///
  /// Source: OCI distribution-spec, "Listing Referrers".
  public func referrers(of digest: Digest, in repository: String) async throws -> [Descriptor]? {
    var found: [Descriptor]??
    let isSupported = try await referrersSupport.value(of: repository) {
      let listed = try await allReferrers(of: digest, in: repository)
      found = .some(listed)
      return listed != nil
    }
    if let found { return found }
    return isSupported ? try await allReferrers(of: digest, in: repository) : nil
  }

  private func allReferrers(of digest: Digest, in repository: String) async throws -> [Descriptor]? {
    var found: [Descriptor] = []
    var next: HTTPURL? = try await url("referrers/\(digest)", in: repository)
    for _ in 0..<Self.maximumPages {
      guard let url = next else { return found }
      guard let page = try await referrersPage(url, of: digest, in: repository) else { return nil }
      found += page.referrers
      next = page.next
      guard found.count <= Self.maximumReferrers else { break }
    }
    throw SealiftError(
      .protocol, "\(name)/\(repository)@\(digest) has more than \(Self.maximumReferrers) referrers or no end of pages",
      nextStep: "look at the registry, or pack without referrers")
  }

  private func referrersPage(
    _ url: HTTPURL, of digest: Digest, in repository: String
  ) async throws -> (referrers: [Descriptor], next: HTTPURL?)? {
    let subject = "the referrers of \(name)/\(repository)@\(digest)"
    var tries = 0
    return try await retrying {
      let call = Call(
        method: .get, url: url, scope: reading(repository), headers: ["Accept": MediaType.ociIndex.rawValue])
      let response = try await send(call) { head in
        head.status == 200 && head.isIndex ? .keep(limit: Manifest.maximumBytes) : .excerpt
      }
      tries += 1
      switch response.status {
      case 200 where response.head.isIndex: break
      // A web page, say, from a server that answers everything.
      case 200, 400, 404, 405, 501: return nil
      // One that does not know the path may take it for anything, and fall over it.
      case 500 where tries > min(1, options.persistence.retries), _ where response.isRefusal:
        say(once: .referrers, "\(name) answers \(response.status) where it is asked for referrers")
        return nil
      default: throw response.error(subject, host: name)
      }
      let index = try Manifest(response.body, mediaType: .ociIndex, source: subject)
      return (index.children, try nextPage(response, after: url))
    }
  }

  /// Where a list goes on, which must not lead away from the registry.
  ///
  /// Source: OCI distribution-spec, "Listing Referrers".
  func nextPage(
    _ response: HTTPResponse, after url: HTTPURL, of list: String = "referrers"
  ) throws(SealiftError) -> HTTPURL? {
    guard let link = LinkHeader.next(response.headers) else { return nil }
    let next = try HTTPURL(link, relativeTo: url)
    guard next.hasSameOrigin(as: url) else {
      throw SealiftError(
        .protocol, "\(name) continues its list of \(list) on \(next.authority), another host",
        nextStep: "look at the registry's configuration")
    }
    return next
  }
}

extension HTTPResponse.Head {
  fileprivate var isIndex: Bool { headers["Content-Type"].map(MediaType.init(contentType:)) == .ociIndex }
}
