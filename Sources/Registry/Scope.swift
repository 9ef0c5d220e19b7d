/// What a token allows: actions on one repository, and reading from another one for a mount.
///
/// Source: distribution, docs/spec/auth/scope.md.
struct Scope: Hashable, Sendable {
  let repository: String
  let isPush: Bool
  let mountedFrom: String?

  static func pull(_ repository: String) -> Scope { Scope(repository: repository, isPush: false, mountedFrom: nil) }

  static func push(_ repository: String, mountedFrom: String? = nil) -> Scope {
    Scope(repository: repository, isPush: true, mountedFrom: mountedFrom)
  }

  /// The values of the `scope` parameter.
  var texts: [String] {
    ["repository:\(repository):\(isPush ? "pull,push" : "pull")"]
      + (mountedFrom.map { ["repository:\($0):pull"] } ?? [])
  }
}
