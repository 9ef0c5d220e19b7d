public import Diagnostics
internal import YAML

/// What is found while one file is read: all that is wrong with it, and what the user should know of it.
final class Findings {
  private var faults: [(position: YAMLPosition, error: SealiftError)] = []
  private var remarks: [(position: YAMLPosition, text: String, isWarning: Bool)] = []
  private var hasNumber = false

  /// What `read` returns; `nil` where it throws, and the error is then one of the faults.
  ///
  /// - Parameter position: Where that stands, for the order of the faults.
  func attempt<Value>(at position: YAMLPosition, _ read: () throws(SealiftError) -> Value?) -> Value? {
    do throws(SealiftError) { return try read() } catch {
      faults.append((position, error))
      return nil
    }
  }

  /// Adds something that is wrong.
  ///
  /// - Returns: It as an error.
  @discardableResult
  func fault(_ position: YAMLPosition, _ problem: String, nextStep: String? = nil) -> SealiftError {
    let error = position.error(problem, nextStep: nextStep)
    faults.append((position, error))
    return error
  }

  /// Adds one sentence that the user should know.
  func note(_ position: YAMLPosition, _ text: String) { remarks.append((position, text, false)) }

  /// Adds one sentence that the user must not miss.
  func warn(_ position: YAMLPosition, _ text: String) { remarks.append((position, text, true)) }

  /// Remembers a text that other readers take for something else; one for each file is named.
  func noteIfAmbiguous(_ node: YAMLNode) {
    guard node.isAmbiguous, !hasNumber, case .scalar(let text, _) = node.content else { return }
    hasNumber = true
    note(
      node.position,
      "'\(text.prefix(40))' is read as it is written, but without quotes it is no text for other readers, to whom 4.10 is 4.1"
    )
  }

  /// What was noted, each with its place, in the order of the file.
  var notes: [ConfigurationNote] {
    remarks.sorted { $0.position.isBefore($1.position) }.map {
      ConfigurationNote(text: "\($0.position.description): \($0.text)", isWarning: $0.isWarning)
    }
  }

  // More than anyone mends before the next run.
  private static let maximumFaults = 50

  /// What `read` returns, without which nothing else can be read.
  ///
  /// - Throws: All faults at once, that of `read` last.
  func demand<Value>(_ read: () throws(SealiftError) -> Value) throws(SealiftError) -> Value {
    do throws(SealiftError) { return try read() } catch {
      try check(error)
      throw error
    }
  }

  /// - Parameter last: One more fault.
  /// - Throws: All faults at once, each once, in the order of the file.
  func check(_ last: SealiftError? = nil) throws(SealiftError) {
    var seen: Set<String> = []
    let errors = (faults.sorted { $0.position.isBefore($1.position) }.map(\.error) + [last].compactMap(\.self))
      .filter { seen.insert($0.problem).inserted }
    guard let first = errors.first else { return }
    throw first.followed(by: Array(errors.prefix(Self.maximumFaults).dropFirst()))
  }
}

/// One sentence on how a file is read.
public struct ConfigurationNote: Sendable {
  /// The sentence, which begins with the place.
  public let text: String
  /// Whether something that is written there has no effect, or another one than it says.
  public let isWarning: Bool

  /// What is shown of it.
  public var event: Event { isWarning ? .warning(text) : .note(text) }
}

extension YAMLPosition {
  fileprivate func isBefore(_ other: YAMLPosition) -> Bool { (line, column) < (other.line, other.column) }
}
