internal import CCurl
public import Diagnostics

/// An `http` or `https` URL, read by the same parser that connects to it.
///
/// The text of one that a server sent can hold a signature in its query: show `description`, which has none.
public struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
  /// The whole URL, without a fragment.
  public let text: String
  /// `http` or `https`.
  public let scheme: String
  /// The host in lower case; an IPv6 address in brackets.
  public let host: String
  /// The port, also where it is the scheme's default.
  public let port: Int
  /// The path, beginning with a slash.
  public let path: String

  /// The greatest length of a URL in bytes; signed URLs of object stores stay below 4 KiB.
  public static let maximumBytes = 16 << 10

  /// Reads a URL.
  ///
  /// - Parameters:
  ///   - text: The URL, or a reference relative to `base`.
  ///   - base: What a relative reference is resolved against.
  /// - Throws: `protocol` for another scheme, a user name or password in it, or anything that is no URL.
  public init(_ text: String, relativeTo base: HTTPURL? = nil) throws(SealiftError) {
    guard text.utf8.count <= Self.maximumBytes, let parts = curl_url() else { throw Self.invalid(text) }
    defer { curl_url_cleanup(parts) }
    if let base { curl_url_set(parts, CURLUPART_URL, base.text, 0) }
    guard curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK else {
      throw Self.invalid(text)
    }
    try self.init(parts: parts, text)
  }

  /// The URL with a parameter added to its query.
  public func adding(_ name: String, _ value: String) throws(SealiftError) -> HTTPURL {
    guard let parts = curl_url() else { throw Self.invalid(description) }
    defer { curl_url_cleanup(parts) }
    let flags = UInt32(CURLU_APPENDQUERY | CURLU_URLENCODE)
    guard curl_url_set(parts, CURLUPART_URL, text, 0) == CURLUE_OK,
      curl_url_set(parts, CURLUPART_QUERY, "\(name)=\(value)", flags) == CURLUE_OK
    else { throw Self.invalid(description) }
    return try HTTPURL(parts: parts, description)
  }

  /// The same path and query at another server.
  func moved(to other: HTTPURL) throws(SealiftError) -> HTTPURL {
    let rest = text.dropFirst("\(scheme)://".count).drop { $0 != "/" && $0 != "?" }
    return try HTTPURL("\(other.scheme)://\(other.authority)\(rest)")
  }

  private init(parts: OpaquePointer, _ given: String) throws(SealiftError) {
    curl_url_set(parts, CURLUPART_FRAGMENT, nil, 0)
    let scheme = Self.part(CURLUPART_SCHEME, of: parts)?.lowercased()
    guard let scheme, scheme == "https" || scheme == "http" else {
      throw SealiftError(
        .protocol, "'\(Self.withoutQuery(given))' is neither an https nor an http URL",
        nextStep: "look at what the server sent")
    }
    guard let text = Self.part(CURLUPART_URL, of: parts), let host = Self.part(CURLUPART_HOST, of: parts),
      let port = Self.part(CURLUPART_PORT, of: parts, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
    else { throw Self.invalid(given) }
    self.text = text
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
    path = Self.part(CURLUPART_PATH, of: parts) ?? "/"
  }

  /// `host`, with the port where it is not the scheme's default.
  public var authority: String { port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)" }

  /// The URL without its query.
  public var description: String { "\(scheme)://\(authority)\(path)" }

  /// Whether both have the same scheme, host and port, so that credentials for one may go to the other.
  ///
  /// Source: RFC 6454, section 5.
  public func hasSameOrigin(as other: HTTPURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  private static func part(_ part: CURLUPart, of parts: OpaquePointer, _ flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(parts, part, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }

  private static func withoutQuery(_ text: String) -> Substring { text.prefix { $0 != "?" }.prefix(200) }

  private static func invalid(_ text: String) -> SealiftError {
    // A user name and password can stand in what could not be read, so the text before an '@' stays out.
    let shown = withoutQuery(text)
    return SealiftError(
      .protocol, shown.contains("@") ? "a URL holds a user name, or is no URL" : "'\(shown)' is not a URL",
      nextStep: "look at what the server sent")
  }
}
