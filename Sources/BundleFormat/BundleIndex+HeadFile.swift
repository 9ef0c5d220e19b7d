public import Digests
internal import Tar

extension BundleIndex {
  /// A file of the head that is not a blob.
  public struct HeadFile: Sendable, Equatable {
    /// The name of the entry.
    public var path: String
    /// The digest of its content.
    public var digest: Digest
    /// Its size in bytes.
    public var size: Int

    /// Makes one.
    public init(path: String, digest: Digest, size: Int) {
      self.path = path
      self.digest = digest
      self.size = size
    }
  }

  /// The files of the head that do not follow from the index, ascending by path: manifests and release signatures.
  public var extraFiles: [HeadFile] {
    files.filter { !HeadFile.fixedPaths.contains($0.path) }.sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
  }
}

extension BundleIndex.HeadFile {
  /// Where the templates of cluster manifests lie: `config/KIND/NAME`.
  public static let configurationPrefix = "config/"
  /// Where release signatures and their keys lie.
  public static let signaturePrefix = "release-signatures/"
  /// The greatest size of a manifest, signature or key in bytes: an API server takes at most 3 MiB.
  public static let maximumExtraBytes = 4 << 20
  /// The greatest size of all of them together: those of the largest bundles have some MiB.
  public static let maximumExtraSum = 32 << 20
  /// The greatest number of them: `unpack` may write each as a file, and a bundle has some dozens.
  public static let maximumExtraFiles = 4096
  /// The greatest number of files of the head, with those that every head has.
  static let maximumFiles = fixedPaths.count + maximumExtraFiles
  /// The longest path of one, in bytes: wherever it is cut, the front fits into the tar header's prefix.
  public static let maximumPathBytes = TarHeader.maximumPrefix
  /// The longest component of one, in bytes.
  public static let maximumComponentBytes = TarHeader.maximumName

  /// The names of the files that every head has, in file order.
  static let fixedPaths = ["SHA256SUMS", "oci-layout", "index.json"]

  /// Whether a path is one that a manifest, signature or key may have: `config/A/B` or `release-signatures/A/B`.
  ///
  /// A component has letters, digits and `._=:-`, and begins with a letter or a digit. All paths have the same depth, so
  /// that none is a directory of another.
  public static func isExtraPath(_ path: String) -> Bool {
    guard path.utf8.count <= maximumPathBytes else { return false }
    guard path.hasPrefix(configurationPrefix) || path.hasPrefix(signaturePrefix) else { return false }
    let components = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return components.count == 3
      && components.allSatisfy { $0.isPlainComponent(besides: "._=:-", maximum: maximumComponentBytes) }
  }
}

extension Substring.UTF8View {
  /// Whether it is a name that leads nowhere: it begins with a letter or a digit, and has only these and the others.
  func isPlainComponent(besides others: String, maximum: Int) -> Bool {
    guard let first, first.isLetterOrDigit, count <= maximum else { return false }
    return allSatisfy { $0.isLetterOrDigit || others.utf8.contains($0) }
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
