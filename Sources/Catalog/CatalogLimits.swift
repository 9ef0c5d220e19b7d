public import JSON

/// The bounds of one catalog from outside.
public enum CatalogLimits {
  /// The greatest JSON document in bytes. A bundle that carries all its manifests has a few million.
  public static let documentBytes = 64 << 20
  /// The greatest number of documents. The largest catalog that is real has about 20,000.
  public static let documents = 1 << 18
  /// The greatest `.indexignore` in bytes.
  public static let ignoreFileBytes = 64 << 10
  /// The bounds within a document that is kept.
  public static let json = JSONLimits(depth: 64, stringBytes: documentBytes)
}
