internal import Arguments
internal import Gathering

/// How operator catalogs are packed.
enum CatalogArguments {
  private static let withDependencies = Flag(
    "with-dependencies", help: "Adds the smallest set of bundles that those need which the configuration asks for.")
  private static let base = Option(
    "catalog-base", .text("REF|scratch"),
    help: "Image on which catalogs are made that have none of their own, or 'scratch' for all that are made: small "
      + "ones, which OpenShift serves from 4.20 on.")
  private static let byTag = Flag(
    "catalog-by-tag", help: "Lets clusters name catalogs by tag, so that a later bundle takes effect by itself.")

  /// What `pack` takes.
  static let group = Group("Operator catalogs", [withDependencies, base, byTag])

  /// The options of `group`.
  static func options(_ arguments: ParsedArguments) -> CatalogOptions {
    var options = CatalogOptions()
    options.withDependencies = arguments[withDependencies]
    options.base = arguments[base]
    options.isNamedByTag = arguments[byTag]
    return options
  }
}
