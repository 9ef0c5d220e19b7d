public import Digests

extension BundleIndex {
  /// A generic file that the bundle brings, which no image needs: a client, an installer, a boot image.
  ///
  /// Its content is one of the blobs.
  public struct CarriedFile: Sendable, Equatable {
    /// The digest of its content.
    public var digest: Digest
    /// Its name in the directory that it is written to.
    public var name: String
    /// The profiles that it belongs to, sorted; none: all.
    public var profiles: [String]
    /// The URL or the path that it came from, as it was asked for.
    public var source: String

    /// Makes one.
    public init(digest: Digest, name: String, profiles: [String], source: String) {
      self.digest = digest
      self.name = name
      self.profiles = profiles
      self.source = source
    }
  }

  /// A cluster manifest that the user has brought, or that was lifted out of an image; those that the packer makes are
  /// not listed.
  public struct CarriedObject: Sendable, Equatable {
    /// The path of its template, which is one of `files`.
    public var path: String
    /// The profiles that it belongs to, sorted; none: all.
    public var profiles: [String]
    /// What it came from, as it was asked for: a path, a URL, or an image and a path in it.
    public var source: String

    /// Makes one.
    public init(path: String, profiles: [String], source: String) {
      self.path = path
      self.profiles = profiles
      self.source = source
    }
  }

  /// A file of the program that lies beside the bundle, not in it.
  public struct Tool: Sendable, Equatable {
    /// The digest of its content.
    public var digest: Digest
    /// Its path in the directory beside the bundle.
    public var path: String
    /// Its size in bytes.
    public var size: Int

    /// Makes one.
    public init(digest: Digest, path: String, size: Int) {
      self.digest = digest
      self.path = path
      self.size = size
    }
  }
}
