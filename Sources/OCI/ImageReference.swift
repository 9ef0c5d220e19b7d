public import Diagnostics
public import Digests

/// An image in a registry: `host[:port]/path[:tag][@digest]`; it exists only if it is valid.
///
/// A name without a host is Docker Hub's, as in docker and podman: `nginx:1.27` is `docker.io/library/nginx:1.27`.
///
/// Source: distribution, reference grammar; OCI distribution-spec, "Pulling manifests".
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
  /// The host and port, for example `quay.io` or `[::1]:5000`.
  public let registry: String
  /// The repository's path in the registry, for example `openshift-release-dev/ocp-release`.
  public let repository: String
  /// The tag, if one is given.
  public let tag: String?
  /// The digest, if one is given; it counts more than the tag.
  public let digest: Digest?

  /// Makes a reference of checked parts.
  ///
  /// - Throws: `usage` for a part that the grammar does not allow.
  public init(registry: String, repository: String, tag: String?, digest: Digest?) throws(SealiftError) {
    guard Self.isHost(registry) else { throw Self.invalid(registry, "is not a registry's host") }
    guard Self.isRepository(repository) else { throw Self.invalid(repository, "is not a repository's path") }
    if let tag, !Self.isTag(tag) { throw Self.invalid(tag, "is not a tag") }
    guard tag != nil || digest != nil else { throw Self.invalid(repository, "has neither a tag nor a digest") }
    self.registry = registry
    self.repository = repository
    self.tag = tag
    self.digest = digest
  }

  /// Reads a reference as a user writes it; `docker://` before it is allowed.
  ///
  /// - Throws: `usage`. A reference with neither tag nor digest is an error: `latest` is never assumed.
  public init(_ text: String) throws(SealiftError) {
    if let shown = text.withoutUserInfo { throw Self.hasUserInfo(shown) }
    let bare = text.hasPrefix("docker://") ? String(text.dropFirst(9)) : text
    let (named, digestText) = Self.split(bare, at: "@", last: false)
    var digest: Digest?
    if let digestText {
      do throws(SealiftError) { digest = try Digest(digestText) } catch {
        throw SealiftError(.usage, "'\(text)': \(error.problem)", nextStep: error.nextStep)
      }
    }
    let afterSlash = named.lastIndex(of: "/").map { named.index(after: $0) } ?? named.startIndex
    let (lastComponent, tag) = Self.split(String(named[afterSlash...]), at: ":", last: true)
    let (registry, repository) = Self.normalised(String(named[..<afterSlash]) + lastComponent)
    guard tag != nil || digest != nil else {
      throw SealiftError(
        .usage, "'\(text)' has neither a tag nor a digest", nextStep: "write \(text):TAG or \(text)@sha256:…")
    }
    do throws(SealiftError) {
      try self.init(registry: registry, repository: repository, tag: tag, digest: digest)
    } catch {
      throw SealiftError(.usage, "'\(text)' is not an image reference: \(error.problem)", nextStep: error.nextStep)
    }
  }

  /// The whole reference.
  public var description: String {
    "\(registry)/\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }

  /// What names the manifest within the repository: the digest where there is one, else the tag.
  public var manifest: ManifestReference {
    digest.map { .digest($0) } ?? .tag(tag ?? "")
  }

  /// Whether `text` is a repository's path.
  ///
  /// Source: OCI distribution-spec, "Pulling manifests", the grammar of `<name>`.
  public static func isRepository(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 255 else { return false }
    return text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(isComponent)
  }

  /// Whether `text` is a tag.
  ///
  /// Source: OCI distribution-spec, "Pulling manifests", the grammar of `<reference>`.
  public static func isTag(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
    let isFirst = first.isLetterOrDigit || first == UInt8(ascii: "_")
    return isFirst && text.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
  }

  /// Whether `text` is a host with an optional port; by hand, as a catalog has many and a regex is slow.
  public static func isHost(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= 261, let first = bytes.first else { return false }
    let host: Substring.UTF8View
    if first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
      host = bytes[...end]
      let address = host.dropFirst().dropLast()
      guard !address.isEmpty, address.allSatisfy(\.isPartOfAddress) else { return false }
    } else {
      host = bytes.prefix { $0 != UInt8(ascii: ":") }
      guard host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel) else {
        return false
      }
    }
    let port = bytes[host.endIndex...]
    return port.isEmpty || isPort(port)
  }

  private static func isLabel(_ text: Substring.UTF8View) -> Bool {
    guard let first = text.first, let last = text.last else { return false }
    return first.isLetterOrDigit && last.isLetterOrDigit
      && text.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
  }

  /// Whether `text` is a colon and a number that a port can have.
  private static func isPort(_ text: Substring.UTF8View) -> Bool {
    let digits = text.dropFirst()
    return text.first == UInt8(ascii: ":") && (1...5).contains(digits.count) && digits.allSatisfy(\.isDigit)
      && UInt16(Substring(digits)) != nil
  }

  /// Whether `text` is `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`; by hand, as an index has many names and a regex is slow.
  private static func isComponent(_ text: String.UTF8View.SubSequence) -> Bool {
    var rest = text[...]
    while true {
      let word = rest.prefix(while: \.isLowerLetterOrDigit)
      rest = rest.dropFirst(word.count)
      guard !word.isEmpty else { return false }
      guard !rest.isEmpty else { return true }
      let separator = rest.prefix { !$0.isLowerLetterOrDigit }
      rest = rest.dropFirst(separator.count)
      let isAllowed = [".", "_", "__"].contains { separator.elementsEqual($0.utf8) }
      guard isAllowed || separator.allSatisfy({ $0 == UInt8(ascii: "-") }) else { return false }
    }
  }

  private static func normalised(_ name: String) -> (registry: String, repository: String) {
    let (first, rest) = split(name, at: "/", last: false)
    guard let rest, first.contains(where: { $0 == "." || $0 == ":" || $0 == "[" }) || first == "localhost" else {
      return ("docker.io", name.contains("/") ? name : "library/\(name)")
    }
    guard first == "docker.io" || first == "index.docker.io" else { return (first, rest) }
    return ("docker.io", rest.contains("/") ? rest : "library/\(rest)")
  }

  private static func split(_ text: String, at separator: Character, last: Bool) -> (String, String?) {
    guard let index = last ? text.lastIndex(of: separator) : text.firstIndex(of: separator) else { return (text, nil) }
    return (String(text[..<index]), String(text[text.index(after: index)...]))
  }

  /// The refusal of an address with a user name in it.
  ///
  /// - Parameter shown: The address without it.
  public static func hasUserInfo(_ shown: String) -> SealiftError {
    SealiftError(
      .usage, "'\(shown)' has an '@' before its host, as a user name and a password would stand there",
      nextStep: "leave them out, and log in with `podman login`, or name a file with --authfile or --dest-authfile")
  }

  private static func invalid(_ text: String, _ problem: String) -> SealiftError {
    SealiftError(.usage, "'\(text)' \(problem)", nextStep: "write it as host[:port]/path[:tag][@sha256:…]")
  }
}

/// What names a manifest within its repository.
public enum ManifestReference: Hashable, Sendable, CustomStringConvertible {
  /// A tag, which can move.
  case tag(String)
  /// A digest, which cannot.
  case digest(Digest)

  /// The tag or the digest.
  public var description: String {
    switch self {
    case .tag(let tag): tag
    case .digest(let digest): digest.description
    }
  }
}

extension UInt8 {
  fileprivate var isLowerLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }

  fileprivate var isLetterOrDigit: Bool {
    isLowerLetterOrDigit || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
  }

  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  /// Whether an IPv6 address can have it: a hex digit, a colon, or a dot.
  fileprivate var isPartOfAddress: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
      || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self) || self == UInt8(ascii: ":")
      || self == UInt8(ascii: ".")
  }
}
