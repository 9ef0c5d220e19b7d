internal import Synchronization

/// What is found out once for each repository: of many who want to know it at once, one asks, and the others wait.
///
/// Threads: any.
final class SharedAnswers<Value: Sendable>: Sendable {
  private enum Knowledge {
    /// Somebody asks, and these wait.
    case asked([CheckedContinuation<Void, Never>])
    case known(Value)
  }

  private let repositories = Mutex<[String: Knowledge]>([:])

  /// What is known of a repository.
  ///
  /// - Parameter find: Finds it out. Where it throws, the next one who wants to know asks again.
  func value(of repository: String, _ find: () async throws -> Value) async throws -> Value {
    while true {
      if case .known(let value) = repositories.withLock({ $0[repository] }) { return value }
      if begin(repository) { break }
      await settled(repository)
    }
    do {
      let value = try await find()
      settle(repository, .known(value))
      return value
    } catch {
      settle(repository, nil)
      throw error
    }
  }

  private func begin(_ repository: String) -> Bool {
    repositories.withLock { repositories in
      guard repositories[repository] == nil else { return false }
      repositories[repository] = .asked([])
      return true
    }
  }

  private func settled(_ repository: String) async {
    await withCheckedContinuation { continuation in
      let isSettled = repositories.withLock { repositories in
        guard case .asked(let waiting) = repositories[repository] else { return true }
        repositories[repository] = .asked(waiting + [continuation])
        return false
      }
      if isSettled { continuation.resume() }
    }
  }

  private func settle(_ repository: String, _ knowledge: Knowledge?) {
    let waiting = repositories.withLock { repositories in
      defer { repositories[repository] = knowledge }
      guard case .asked(let waiting) = repositories[repository] else { return [CheckedContinuation<Void, Never>]() }
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
