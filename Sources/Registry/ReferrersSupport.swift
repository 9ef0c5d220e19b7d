internal import Synchronization

/// Which repositories have the referrers API: of many who want to know it at once, one finds out.
///
/// Threads: any.
final class ReferrersSupport: Sendable {
  private enum Knowledge {
    /// Somebody finds out, and these wait.
    case asked([CheckedContinuation<Void, Never>])
    case known(Bool)
  }

  private let repositories = Mutex<[String: Knowledge]>([:])

  /// Whether a repository has it; waits while somebody else finds out.
  ///
  /// - Returns: `nil` if the caller must find out, and then `settle` it, whatever comes.
  func known(_ repository: String) async -> Bool? {
    while true {
      switch repositories.withLock({ $0[repository] }) {
      case .known(let answer): return answer
      case .asked: await settled(repository)
      case nil: if begin(repository) { return nil }
      }
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

  /// Lets those who wait go on.
  ///
  /// - Parameter answer: `nil` if it is still unknown: one of them asks.
  func settle(_ repository: String, _ answer: Bool?) {
    let waiting = repositories.withLock { repositories in
      defer { repositories[repository] = answer.map { .known($0) } }
      guard case .asked(let waiting) = repositories[repository] else { return [CheckedContinuation<Void, Never>]() }
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
