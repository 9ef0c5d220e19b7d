internal import Diagnostics
internal import Synchronization

/// Which tags the repositories of a registry have, where one list takes the place of many questions.
///
/// For each image some tags are looked for that mostly are not there.
final class CompanionTags: Sendable {
  private enum Knowledge {
    case asked(Int)
    /// Somebody asks for the list, or it is of no use.
    case unlisted
    case listed(Set<String>)
  }

  // After so many questions more will follow: those of a few images.
  private static let questionsBeforeList = 24

  private let repositories = Mutex<[String: Knowledge]>([:])

  /// What is to be done to find a tag.
  enum Step {
    /// It is not there.
    case none
    case ask
    /// As the first one, ask for the list.
    case list
  }

  /// Counts a question, and says how it is answered.
  func step(for tag: String, in repository: String) -> Step {
    repositories.withLock { repositories in
      switch repositories[repository] ?? .asked(0) {
      case .listed(let tags): return tags.contains(tag) ? .ask : .none
      case .unlisted: return .ask
      case .asked(let count):
        let isEnough = count + 1 >= Self.questionsBeforeList
        repositories[repository] = isEnough ? .unlisted : .asked(count + 1)
        return isEnough ? .list : .ask
      }
    }
  }

  /// Takes the list.
  func take(_ tags: Set<String>, of repository: String) { repositories.withLock { $0[repository] = .listed(tags) } }
}

extension RegistryClient {
  // More pages cost more time than the questions do.
  private static let fewPages = 3

  /// Whether a tag need not be asked for.
  func isKnownAbsent(_ tag: String, in repository: String) async throws -> Bool {
    switch companionTags.step(for: tag, in: repository) {
    case .none: return true
    case .ask: return false
    case .list:
      if let tags = try await fewTags(in: repository) { companionTags.take(tags, of: repository) }
      return companionTags.step(for: tag, in: repository) == .none
    }
  }

  /// All tags of a repository, if they are few; `nil` too if the registry does not say.
  private func fewTags(in repository: String) async throws -> Set<String>? {
    do {
      guard let tags = try await tags(in: repository, pages: Self.fewPages) else { return nil }
      // Some cut their lists, without a word, at a round number.
      return tags.isEmpty || tags.count.isMultiple(of: 50) ? nil : Set(tags)
    } catch is SealiftError {
      return nil
    }
  }
}
