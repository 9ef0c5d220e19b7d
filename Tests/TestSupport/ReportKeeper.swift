public import Diagnostics
import SystemIO

/// Keeps what a run says to people.
public final class ReportKeeper: Reporter {
  private let kept = Monitor<[Event]>([])

  /// What was noted.
  public var notes: [String] { kept.withLock { $0.compactMap { if case .note(let text) = $0 { text } else { nil } } } }
  /// What was warned of.
  public var warnings: [String] {
    kept.withLock { $0.compactMap { if case .warning(let text) = $0 { text } else { nil } } }
  }

  /// Makes one that has kept nothing.
  public init() {}

  /// Keeps an event.
  public func report(_ event: Event) { kept.withLock { $0.append(event) } }
}
