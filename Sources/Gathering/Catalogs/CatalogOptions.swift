/// How operator catalogs are packed.
public struct CatalogOptions: Sendable {
  /// Whether what kept bundles need is added where it was not asked for.
  public var withDependencies = false
  /// What catalogs are made on that are not carried as they are: a reference, or `scratch` for nothing; their own images
  /// where it is `nil`.
  public var base: String?
  /// Whether clusters name catalogs by tag.
  public var isNamedByTag = false

  /// The word that stands for no base.
  static let scratch = "scratch"

  /// Makes options.
  public init() {}

  /// What of them decides the bytes of a bundle, each with its name.
  public var inputs: [String] {
    ["with-dependencies \(withDependencies)", "catalog-by-tag \(isNamedByTag)"]
      + [base.map { "catalog-base \($0)" }].compactMap(\.self)
  }
}
