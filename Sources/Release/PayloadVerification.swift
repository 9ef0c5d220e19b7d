public import Diagnostics

/// How a release says that its signatures can be verified: the keys, and where signatures are stored.
///
/// A payload cannot vouch for itself: these keys count only where their fingerprint is pinned.
///
/// Source: openshift/library-go, pkg/verify; the first ConfigMap of a payload, in the order of the file names, that has
/// the annotation `release.openshift.io/verification-config-map`.
public struct PayloadVerification: Sendable, Equatable {
  /// A public key.
  public struct Key: Sendable, Equatable {
    /// The member's name after `verifier-public-key-`.
    public let name: String
    /// OpenPGP's armored form.
    public let armored: String
  }

  /// A place where signatures are stored.
  public struct Store: Sendable, Equatable {
    /// The member's name after `store-`.
    public let name: String
    /// The URL, as it is written.
    public let url: String
  }

  /// The directory of a payload in which it stands.
  public static let directory = "release-manifests"
  /// The greatest size in bytes of the file; a cluster takes no larger object.
  public static let maximumBytes = 2 << 20

  /// The keys, sorted by name.
  public let keys: [Key]
  /// The stores, sorted by name.
  public let stores: [Store]

  private static let annotation = "release.openshift.io/verification-config-map"
  private static let keyPrefix = "verifier-public-key-"
  private static let storePrefix = "store-"

  /// Whether a file may be the one: all others need not be read, and may be anything.
  public static func mayStand(in file: [UInt8]) -> Bool {
    let wanted = Array(annotation.utf8)
    var rest = file[...]
    while let start = rest.firstIndex(of: wanted[0]) {
      rest = rest[start...]
      if rest.starts(with: wanted) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - file: The file, in YAML or JSON.
  ///   - source: What it is, for messages.
  /// - Returns: `nil` if it holds no such ConfigMap.
  /// - Throws: `protocol` for one that cannot be read strictly.
  public init?(_ file: [UInt8], source: String) throws(SealiftError) {
    guard Self.mayStand(in: file) else { return nil }
    let maps = try PayloadConfigMap.all(file, source: source)
    guard let map = maps.first(where: { $0.kind == "ConfigMap" && $0.annotations.contains(Self.annotation) }) else {
      return nil
    }
    let data = map.data.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    func members(_ prefix: String) -> [(name: String, text: String)] {
      data.filter { $0.name.hasPrefix(prefix) }.map { (String($0.name.dropFirst(prefix.count)), $0.text) }
    }
    keys = members(Self.keyPrefix).map { Key(name: $0.name, armored: $0.text) }
    // A literal block ends with a line break.
    stores = members(Self.storePrefix).map { Store(name: $0.name, url: Self.trimmed($0.text)) }
  }

  private static func trimmed(_ text: String) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0.isNewline || $0 == "\t" }
    let start = text.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(start[...last])
  }
}
