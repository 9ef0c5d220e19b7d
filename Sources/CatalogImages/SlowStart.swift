public import Catalog
internal import Diagnostics

extension Catalog {
  /// The note that a pod may start slowly: without a cache, `opm` makes one of all documents at every start.
  ///
  /// - Parameter name: What messages call the catalog.
  /// - Returns: `nil` if there are few documents.
  ///
  /// Source: oc-mirror, pull request 899: 42 s for 45 to 70 operators; OLM's startup probe ends a pod after 100 s.
  public func slowStart(of name: String) -> String? {
    let bytes = (others + sortedPackages.flatMap(\.documents)).reduce(0) { $0 + $1.bytes.count }
    return SlowStart.note(name, bytes)
  }
}

/// When the documents of a catalog are so many that a pod may not have read them in time.
enum SlowStart {
  static let bytes = 50 << 20

  static func note(_ name: String, _ documentBytes: Int) -> String? {
    guard documentBytes > bytes else { return nil }
    return
      "\(name): its \(documentBytes.asBytes) of documents are read anew at every start of its pod, because a catalog "
      + "that was changed has no cache; OLM gives a start 100 s, and a slow node may need more: ask for fewer packages, or "
      + "for the whole catalog"
  }
}
