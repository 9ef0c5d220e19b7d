internal import Diagnostics

extension Catalog {
  /// What is wrong with packages of which a request wants something, so that a catalog cannot have them.
  ///
  /// - Parameters:
  ///   - request: What is wanted.
  ///   - source: The name of the catalog, for messages.
  /// - Returns: The problem of each such package, by its name.
  public func problems(of request: CatalogRequest, source: String) -> [String: String] {
    var problems: [String: String] = [:]
    let wanted = request.packages.isEmpty ? packageNames.map { PackageRequest(name: $0) } : request.packages
    for wanted in wanted {
      guard let package = packages[wanted.name], !package.isOnlyOthers else { continue }
      var single = Catalog()
      single.packages[wanted.name] = package
      do throws(SealiftError) {
        let isWhole = request.packages.isEmpty && request.isFull
        let pruned = try single.pruned(
          by: CatalogRequest(packages: isWhole ? [] : [wanted], isFull: request.isFull), source: source)
        try pruned.catalog.validate(source: source)
      } catch {
        // What else is wrong is wrong with the request.
        if error.code == .corrupt { problems[wanted.name] = error.problem }
      }
    }
    return problems
  }

  /// The catalog without some packages, and without what cannot be read and is nobody's.
  public func leavingOut(_ names: Set<String>) -> Catalog {
    var rest = self
    rest.flaws = []
    for name in names { rest.packages[name] = nil }
    return rest
  }
}

extension CatalogRequest {
  /// The request without some packages.
  ///
  /// - Returns: `nil` if nothing is left to ask for.
  public func leavingOut(_ names: Set<String>) -> CatalogRequest? {
    guard !packages.isEmpty else { return self }
    var rest = self
    rest.packages.removeAll { names.contains($0.name) }
    return rest.packages.isEmpty ? nil : rest
  }
}
