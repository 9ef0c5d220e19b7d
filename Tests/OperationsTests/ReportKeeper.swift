import Diagnostics
import SystemIO

/// Keeps what a run says to people.
final class ReportKeeper: Reporter {
  private let kept = Monitor<[Event]>([])

  var notes: [String] { kept.withLock { $0.compactMap { if case .note(let text) = $0 { text } else { nil } } } }
  var warnings: [String] { kept.withLock { $0.compactMap { if case .warning(let text) = $0 { text } else { nil } } } }

  func report(_ event: Event) { kept.withLock { $0.append(event) } }
}
