public import Diagnostics
public import HTTPTransport

/// What a registry knows a user by.
public enum Credential: Hashable, Sendable {
  /// A user name and a password, or what stands for one.
  case password(user: String, Secret)
  /// A token that the token server takes in place of a password (`identitytoken`).
  case identityToken(Secret)
}

/// Where credentials come from.
public protocol CredentialSource: Sendable {
  /// The credential for a repository; it may block, and is called on a thread of the pool.
  ///
  /// - Parameters:
  ///   - registry: The registry as the user names it: `docker.io`, `quay.io`, `registry.local:8443`.
  ///   - repository: The path below it; `""` for the registry as a whole.
  /// - Returns: `nil` for an anonymous user.
  func credential(for registry: String, repository: String) throws(SealiftError) -> Credential?
}

/// Credentials for nobody.
public struct NoCredentials: CredentialSource {
  /// Makes it.
  public init() {}

  /// Always `nil`.
  public func credential(for registry: String, repository: String) throws(SealiftError) -> Credential? { nil }
}
