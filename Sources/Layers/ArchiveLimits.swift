/// The bounds of one archive from outside.
public struct ArchiveLimits: Sendable {
  /// The greatest number of bytes that a layer may have when it is decompressed.
  ///
  /// Real layers with models or toolchains reach 30 GiB; a bomb that goes on for ever ends here.
  public static let layerBytes = 64 << 30
  /// The greatest number of entries: ten times what the largest real layers have.
  public static let layerEntries = 10_000_000

  /// The greatest number of decompressed bytes, headers and padding included.
  public var bytes: Int
  /// The greatest number of entries.
  public var entries: Int

  /// Makes limits; without arguments those of a layer.
  public init(bytes: Int = layerBytes, entries: Int = layerEntries) {
    self.bytes = bytes
    self.entries = entries
  }
}
