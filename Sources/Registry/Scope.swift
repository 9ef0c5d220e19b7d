/// What a token allows: actions on one repository, and reading from another one for a mount.
///
/// Source: distribution, docs/spec/auth/scope.md.
struct Scope: Hashable, Sendable {
  /// The actions.
  enum Access: String {
    case pull = "pull"
    case push = "pull,push"
    /// Everything: Quay and others know no word for deletion alone. Who knows one says so with its challenge.
    case all = "*"
  }

  let repository: String
  let access: Access
  let mountedFrom: String?

  /// For what is only read.
  static func pull(_ repository: String) -> Scope { Scope(repository: repository, access: .pull, mountedFrom: nil) }

  static func push(_ repository: String, mountedFrom: String? = nil) -> Scope {
    Scope(repository: repository, access: .push, mountedFrom: mountedFrom)
  }

  static func delete(_ repository: String) -> Scope { Scope(repository: repository, access: .all, mountedFrom: nil) }

  /// What a registry asks for with a challenge, beyond this.
  func further(in offered: String) -> [String] {
    offered.split(separator: " ").map(String.init).filter { !covers($0) }
  }

  private func covers(_ text: String) -> Bool {
    guard access != .all, text.hasPrefix("repository:\(repository):") else { return texts.contains(text) }
    let actions = text.split(separator: ":").last?.split(separator: ",") ?? []
    return Set(actions).isSubset(of: access.rawValue.split(separator: ","))
  }

  /// The values of the `scope` parameter.
  var texts: [String] {
    ["repository:\(repository):\(access.rawValue)"] + (mountedFrom.map { ["repository:\($0):pull"] } ?? [])
  }
}
