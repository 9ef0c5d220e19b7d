internal import Diagnostics
internal import HTTPTransport
internal import JSON
internal import SystemIO

/// A program `docker-credential-NAME` that keeps credentials.
///
/// Source: docker/docker-credential-helpers, README, "Development".
struct CredentialHelper {
  // Some ask a person, or a cloud; none should hold up a run for good.
  private static let patience: Duration = .seconds(60)
  private static let maximumReplyBytes = 64 << 10

  let name: String
  let environment: [String: String]

  /// Asks for a credential; blocks.
  ///
  /// - Returns: `nil` if the helper has none.
  func credential(for server: String) throws(SealiftError) -> Credential? {
    let answer = try run(server)
    let reply = answer.output
    guard answer.status == 0 else {
      // Both of the phrases that helpers use when they have nothing.
      let said = String(decoding: reply, as: UTF8.self)
      if said.contains("credentials not found") || said.contains("credentials server URL") { return nil }
      throw failure("failed with status \(answer.status)")
    }
    let value = try JSONReader.value(reply, source: "the reply of docker-credential-\(name)", code: .configuration)
    guard let user = value["Username"]?.text, let secret = value["Secret"]?.text else {
      throw failure("gave no user name and secret for \(server)")
    }
    if secret.isEmpty { return nil }
    return user == "<token>" ? .identityToken(Secret(secret)) : .password(user: user, Secret(secret))
  }

  private func run(_ server: String) throws(SealiftError) -> InstalledProgram.Output {
    guard let program = InstalledProgram("docker-credential-\(name)", environment: environment) else {
      throw failure("is not installed")
    }
    let outcome = try program.run(
      ["get"], environment: environment, input: Array("\(server)\n".utf8), limit: Self.maximumReplyBytes,
      patience: Self.patience)
    switch outcome {
    case .ended(let output): return output
    case .tookTooLong: throw failure("did not answer within \(Self.patience)")
    case .wroteTooMuch: throw failure("answered with more than \(Self.maximumReplyBytes.asBytes)")
    }
  }

  private func failure(_ problem: String) -> SealiftError {
    SealiftError(
      .configuration, "the credential helper docker-credential-\(name) \(problem)",
      nextStep: "repair it, or name another credentials file with --authfile")
  }
}
