package import Diagnostics
internal import Synchronization

/// How long a server is tried before it is given up.
public struct Persistence: Sendable {
  /// How often a request is tried again without any progress between the tries.
  public var retries: Int
  /// How long a server that has answered before is waited for when it is away, however many tries that takes.
  public var patience: Duration
  /// The longest pause after the first failure; later ones are longer.
  public var firstPause: Duration

  /// Makes one that waits for nobody.
  public init(retries: Int, patience: Duration = .zero, firstPause: Duration = .milliseconds(500)) {
    self.retries = retries
    self.patience = patience
    self.firstPause = firstPause
  }
}

/// One server over a whole run: whether it has answered yet, and whether it is away just now.
package final class Server: Sendable {
  private struct State {
    var hasAnswered = false
    var isGivenUp = false
    var isAway = false
  }

  private let name: String
  private let persistence: Persistence
  private let reporter: any Reporter
  private let state = Mutex(State())

  package init(_ name: String, _ persistence: Persistence, _ reporter: any Reporter) {
    self.name = name
    self.persistence = persistence
    self.reporter = reporter
  }

  /// How long it is tried. A name that is wrong from the start need not be tried as long as a line that broke, and twice
  /// only the first time.
  var bounds: Persistence {
    var bounds = persistence
    let state = state.withLock { $0 }
    if !state.hasAnswered {
      bounds.retries = min(bounds.retries, state.isGivenUp ? 0 : 1)
      bounds.patience = .zero
    }
    return bounds
  }

  /// Learns that it was tried long enough.
  func noteGivenUp() { state.withLock { $0.isGivenUp = true } }

  /// Learns that it has answered.
  package func note(_ response: HTTPResponse) {
    let isBack = state.withLock { state in
      state.hasAnswered = true
      guard state.isAway, !response.isOutage else { return false }
      state.isAway = false
      return true
    }
    if isBack { reporter.report(.note("\(name) answers again")) }
  }

  /// Says once that it is waited for, whatever number of requests do so.
  func noteOutage(_ error: SealiftError) {
    let isNew = state.withLock { state in
      defer { state.isAway = true }
      return !state.isAway
    }
    guard isNew else { return }
    reporter.report(
      .warning("\(error.problem): it is waited for, up to \(persistence.patience.spelled) (--patience)"))
  }
}

extension Duration {
  /// The whole time for people, in the largest unit that leaves it whole: `5 minutes`.
  fileprivate var spelled: String {
    let seconds = Int(components.seconds)
    for (size, name) in [(3600, "hour"), (60, "minute")] where seconds >= size && seconds % size == 0 {
      return "\(seconds / size) \(name)\(seconds == size ? "" : "s")"
    }
    return "\(seconds) second\(seconds == 1 ? "" : "s")"
  }
}
