internal import Diagnostics
internal import Synchronization

/// Which tags the repositories of a registry have, where one list takes the place of many questions.
///
/// For each image some tags are looked for that mostly are not there.
final class CompanionTags: Sendable {
  // After so many more will follow: those of two images.
  private static let questionsBeforeList = 8

  private let questions = Mutex<[String: Int]>([:])
  /// The tags, where they are few and the registry lists them.
  let lists = SharedAnswers<Set<String>?>()

  /// Counts a question, and says whether there were so many that a list is better.
  func isListBetter(for repository: String) -> Bool {
    questions.withLock { questions in
      questions[repository, default: 0] += 1
      return questions[repository, default: 0] > Self.questionsBeforeList
    }
  }
}

extension RegistryClient {
  // More pages cost more time than the questions do.
  private static let fewPages = 2

  /// Whether a tag need not be asked for.
  func isKnownAbsent(_ tag: String, in repository: String) async throws -> Bool {
    guard companionTags.isListBetter(for: repository) else { return false }
    let tags = try await companionTags.lists.value(of: repository) { try await fewTags(in: repository) }
    return tags.map { !$0.contains(tag) } ?? false
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
