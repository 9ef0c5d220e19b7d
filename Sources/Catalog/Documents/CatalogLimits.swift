internal import Diagnostics
public import JSON

/// The bounds of one catalog from outside.
public enum CatalogLimits {
  /// The greatest JSON document in bytes. A bundle that carries all its manifests has a few million.
  public static let documentBytes = 64 << 20
  /// The greatest number of documents. The largest catalog that is real has about 20,000.
  public static let documents = 1 << 18
  /// The greatest `.indexignore` in bytes.
  public static let ignoreFileBytes = 64 << 10
  /// The bounds within a document that is kept, which is read as OLM reads it.
  public static let json = JSONLimits(depth: depth, stringBytes: documentBytes, isLenient: true)
  /// The greatest nesting: far beyond any real document, and safe for every stack.
  static let depth = 256
  /// The greatest number of entries in all channels of a package that comes as manifests: far beyond any real one.
  static let packageEntries = 1 << 17

  /// The error for more.
  static func tooManyEntries(in file: String) -> SealiftError {
    SealiftError(
      .corrupt, "\(file): the channels of the package have more than \(packageEntries) entries",
      nextStep: "check that it is the catalog you meant")
  }
}
