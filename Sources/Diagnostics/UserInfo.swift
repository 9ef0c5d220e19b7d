extension String {
  /// An address without the user name and password that somebody has put into it: they must not be shown, and not be
  /// kept.
  ///
  /// - Returns: `nil` if it holds none.
  public var withoutUserInfo: String? {
    let start = firstRange(of: "://")?.upperBound ?? startIndex
    // The digest of an image stands behind an `@` of its own.
    let end = self[start...].lastIndex(of: "@").flatMap { self[index(after: $0)...].isDigest ? $0 : nil } ?? endIndex
    guard let last = self[start..<end].lastIndex(of: "@") else { return nil }
    let isBeforeHost = self[last..<end].contains("/") || self[start..<last].prefix { $0 != "/" }.contains(":")
    return isBeforeHost ? "\(self[..<start])…\(self[last...])" : nil
  }

  /// A sentence in which no URL shows a user name or a password.
  var withoutUserInfoInURLs: String {
    guard contains("://"), contains("@") else { return self }
    var shown = ""
    var rest = self[...]
    while let found = rest.firstRange(of: "://") {
      shown += rest[..<found.upperBound]
      rest = rest[found.upperBound...]
      let authority = rest.prefix { !"/?#'\" \n".contains($0) }
      guard let last = authority.lastIndex(of: "@") else { continue }
      shown += "…"
      rest = rest[last...]
    }
    return shown + rest
  }
}

extension Substring {
  fileprivate var isDigest: Bool {
    guard let colon = firstIndex(of: ":") else { return false }
    let hex = self[index(after: colon)...]
    return hasPrefix("sha") || hasPrefix("md5:") || hex.count >= 32 && hex.allSatisfy(\.isHexDigit)
  }
}
