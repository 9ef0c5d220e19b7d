public import Diagnostics
internal import HTTPTransport
internal import SystemIO

/// Registries in which repositories are made beforehand.
extension RegistryClient {
  private static let questionsAtOnce = 8

  /// Names all repositories that are not there, where one was found to be missing.
  public func explain(_ failure: SealiftError, writingTo repositories: [String]) async -> SealiftError {
    guard failure.code == .notFound, let missing = try? await missing(among: repositories), missing.count > 0 else {
      return failure
    }
    let names = missing.joined(separator: ", ")
    let count = missing.count == 1 ? "1 repository is" : "\(missing.count) repositories are"
    return SealiftError(
      .notFound, "\(failure.problem); \(count) not there: \(names)",
      nextStep: command(making: missing, failure.problem)
        ?? "make them there first, for \(name) makes none on push: \(names)")
  }

  /// The repositories in which no upload can be begun, because they are not there.
  private func missing(among repositories: [String]) async throws -> [String] {
    let found = Found()
    try await repositories.forEachConcurrently(limit: Self.questionsAtOnce) { repository in
      do {
        await self.cancel(try await self.retrying { try await self.startSession(in: repository) })
      } catch let error as SealiftError where error.code == .notFound {
        await found.add(repository)
      }
    }
    return await found.repositories.sorted()
  }

  private actor Found {
    var repositories: [String] = []
    func add(_ repository: String) { repositories.append(repository) }
  }

  /// One line for a shell, where it is known how repositories are made.
  ///
  /// Source: Amazon ECR, "Registry authentication", the form of its hosts; AWS CLI, "ecr create-repository".
  private func command(making repositories: [String], _ words: String) -> String? {
    let host = name.wholeMatch(of: /[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/)
    guard host != nil || words.contains("in the registry with id") else { return nil }
    let region = host.map { " --region \($0.1)" } ?? ""
    let names = repositories.joined(separator: " ")
    return "for r in \(names); do aws ecr create-repository\(region) --repository-name \"$r\"; done"
  }
}
