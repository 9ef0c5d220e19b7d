public import Diagnostics
public import Digests
internal import SystemIO

/// A directory that `oc` has mirrored into, as a user names it, and perhaps what is wanted of it:
/// `file://DIR[//REPOSITORY[:TAG|@DIGEST]]`.
///
/// `oc` gives the directory by an option of its own; here a double slash ends it. As there, `*` in a tag stands for any
/// characters.
public struct MirrorDirectoryAddress: Hashable, Sendable, CustomStringConvertible {
  /// What every address begins with.
  public static let prefix = "file://"
  /// The forms of an address, for messages.
  public static let forms = "file://DIR, or file://DIR//REPOSITORY with :TAG or @sha256:…"

  /// What is wanted of a repository.
  public enum Selector: Hashable, Sendable {
    /// All that has a tag.
    case all
    /// What has a tag that matches: `*` stands for any characters, also none.
    case tag(String)
    /// One manifest.
    case digest(Digest)
  }

  /// The directory.
  public let path: String
  /// The repository; `nil` stands for all of them.
  public let repository: String?
  /// What is wanted of it.
  public let selector: Selector

  /// Makes an address of checked parts.
  public init(path: String, repository: String? = nil, selector: Selector = .all) {
    self.path = path
    self.repository = repository
    self.selector = selector
  }

  /// Reads an address.
  ///
  /// - Throws: `usage`.
  public init(_ text: String) throws(SealiftError) {
    guard text.hasPrefix(Self.prefix) else { throw Self.invalid(text, "does not begin with file://") }
    let rest = text.dropFirst(Self.prefix.count)
    // From the second character, so that the root directory is a directory too.
    let separator = rest.dropFirst().firstRange(of: "//")
    let path = FileSystem.withoutTrailingSlashes(separator.map { rest[..<$0.lowerBound] } ?? rest)
    guard !path.isEmpty else { throw Self.invalid(text, "names no directory") }
    self.path = path
    guard let separator else {
      repository = nil
      selector = .all
      return
    }
    // A directory that is written with a slash at its end makes three of them.
    let image = rest[separator.upperBound...].drop { $0 == "/" }
    let name: Substring
    if let at = image.firstIndex(of: "@") {
      name = image[..<at]
      do throws(SealiftError) { selector = .digest(try Digest(String(image[image.index(after: at)...]))) } catch {
        throw SealiftError(.usage, "'\(text)': \(error.problem)", nextStep: error.nextStep)
      }
    } else if let colon = image.firstIndex(of: ":") {
      name = image[..<colon]
      let tag = String(image[image.index(after: colon)...])
      // A star may stand for what makes a tag of it, but for nothing else.
      guard ImageReference.isTag(tag.replacing("*", with: "x")) else { throw Self.invalid(text, "has no valid tag") }
      selector = .tag(tag)
    } else {
      name = image
      selector = .all
    }
    guard ImageReference.isRepository(String(name)) else { throw Self.invalid(text, "names no valid repository") }
    repository = String(name)
  }

  /// `file://DIR[//REPOSITORY[:TAG|@DIGEST]]`.
  public var description: String {
    let image = repository.map { "//\($0)" } ?? ""
    switch selector {
    case .all: return Self.prefix + path + image
    case .tag(let tag): return Self.prefix + path + image + ":\(tag)"
    case .digest(let digest): return Self.prefix + path + image + "@\(digest)"
    }
  }

  /// Refuses a repository that cannot lie in a directory of `oc`: `a/blobs` would lie among the blobs of `a`.
  ///
  /// - Throws: `configuration`.
  public static func requireName(_ repository: String) throws(SealiftError) {
    let components = repository.split(separator: "/").dropFirst()
    guard let component = components.first(where: { ["blobs", "manifests"].contains($0) }) else { return }
    throw SealiftError(
      .configuration,
      "the repository \(repository) cannot lie in a directory of `oc`, where '\(component)' is a name of its own",
      nextStep: "unpack to a registry or to oci:DIR")
  }

  /// Whether a tag matches a pattern in which `*` stands for any characters.
  static func matches(_ tag: String, _ pattern: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return tag == pattern }
    guard tag.hasPrefix(first), tag.hasSuffix(last), tag.count >= first.count + last.count else { return false }
    var rest = tag.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  private static func invalid(_ text: String, _ problem: String) -> SealiftError {
    SealiftError(.usage, "'\(text)' \(problem)", nextStep: "write it as \(forms)")
  }
}
