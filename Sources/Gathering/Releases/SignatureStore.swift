internal import Diagnostics
internal import Digests
internal import HTTPTransport
internal import Release
internal import SystemIO

/// A place that holds release signatures: `<store>/sha256=<hex>/signature-1`, `-2` and so on.
///
/// Source: openshift/library-go, pkg/verify/store.
enum SignatureStore: Hashable, Sendable, CustomStringConvertible {
  /// A web server.
  case server(HTTPURL)
  /// A directory.
  case directory(String)

  /// The most signatures of one payload; clusters look no further either.
  static let maximumSignatures = 9

  /// One signature as it was found; nothing is known of it yet.
  struct Found: Sendable {
    let bytes: [UInt8]
    let place: String
  }

  /// Reads a store's name.
  ///
  /// - Parameter text: An http or https URL, `file://DIR`, or a directory.
  /// - Throws: `usage` for any other URL, `notFound` for a directory that is not there.
  init(_ text: String) throws(SealiftError) {
    if text.hasPrefix("https://") || text.hasPrefix("http://") {
      guard let url = try? HTTPURL(text) else { throw Self.refusal(text) }
      self = .server(url)
      return
    }
    let path = text.hasPrefix("file://") ? String(text.dropFirst("file://".count)) : text
    guard !path.isEmpty, !path.contains("://") else { throw Self.refusal(text) }
    guard FileSystem.isDirectory(path) else {
      throw SealiftError(
        .notFound, "the signature store \(path) is not a directory", nextStep: "check the path of --signature-store")
    }
    self = .directory(path)
  }

  private static func refusal(_ text: String) -> SealiftError {
    SealiftError(
      .usage, "'\(text)' is no signature store",
      nextStep: "name an http or https URL, or a directory, that has sha256=DIGEST/signature-1 in it")
  }

  /// Where it is, as messages say it.
  public var description: String {
    switch self {
    case .server(let url): url.description
    case .directory(let path): path
    }
  }

  /// Fetches the signatures of a payload, up to the first number that the store does not have.
  ///
  /// - Throws: Where the store cannot be read; what was found before that is lost with it.
  func signatures(
    for digest: Digest, _ fetcher: HTTPFetcher, _ pool: BlockingPool
  ) async throws -> [Found] {
    var found: [Found] = []
    for number in 1...Self.maximumSignatures {
      let name = "sha256=\(digest.hex)/signature-\(number)"
      do {
        guard let signature = try await signature(name, fetcher, pool) else { return found }
        found.append(signature)
      } catch let error as SealiftError where error.code == .denied && !found.isEmpty {
        // Object stores that list nothing to strangers answer 403 for what they do not have.
        return found
      }
    }
    return found
  }

  private func signature(_ name: String, _ fetcher: HTTPFetcher, _ pool: BlockingPool) async throws -> Found? {
    let limit = GPGV.maximumSignatureBytes
    switch self {
    case .server(let store):
      let url = try Self.url(of: name, in: store)
      return try await fetcher.get(url, limit: limit, what: "a release signature")
        .map { Found(bytes: $0, place: url.description) }
    case .directory(let directory):
      let path = "\(directory)/\(name)"
      return try await pool.run {
        FileSystem.exists(path) ? Found(bytes: try FileSystem.read(path, limit: limit), place: path) : nil
      }
    }
  }

  /// The store's URL with the name after its path, before its query.
  private static func url(of name: String, in store: HTTPURL) throws(SealiftError) -> HTTPURL {
    let parts = store.text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let base = parts[0].hasSuffix("/") ? String(parts[0].dropLast()) : String(parts[0])
    return try HTTPURL("\(base)/\(name)" + (parts.count > 1 ? "?\(parts[1])" : ""))
  }
}
