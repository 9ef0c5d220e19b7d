/// Which objects must be at the cluster before others can be: `apply` takes files in the order of their names.
public enum ApplyOrder {
  /// The kinds that come first, in order.
  public static let firstKinds = ["Namespace", "CustomResourceDefinition"]

  /// The paths of a directory of manifests in the order in which each can be applied.
  public static func sorted(_ paths: [String]) -> [String] {
    let ranked = paths.map { path in
      (firstKinds.firstIndex { path.hasPrefix("\($0)/") } ?? firstKinds.count, path)
    }
    return ranked.sorted { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1.utf8.lexicographicallyPrecedes($1.1.utf8) }.map(\.1)
  }
}
