package import Diagnostics
internal import Synchronization

/// Where the download of content of a known size stands, across its tries.
package final class RangeCursor: Sendable {
  private struct State {
    var position: Int
    // Bytes that come although they are there already, because the server does not know ranges.
    var surplus = 0
  }

  private let subject: String
  private let size: Int
  private let nextStep: String
  private let state: Mutex<State>

  /// - Parameters:
  ///   - subject: What errors name.
  ///   - size: How many bytes there must be.
  ///   - offset: How many are there already.
  ///   - nextStep: What to do about content of another size.
  package init(_ subject: String, size: Int, offset: Int, nextStep: String) {
    self.subject = subject
    self.size = size
    self.nextStep = nextStep
    state = Mutex(State(position: offset))
  }

  /// The number of bytes from the start that are there.
  package var position: Int { state.withLock(\.position) }

  /// Whether all bytes are there.
  package var isComplete: Bool { position == size }

  /// Looks at the head of an answer to a request for everything from `start`.
  package func begin(_ head: HTTPResponse.Head, at start: Int) throws(SealiftError) {
    if head.status == 206 {
      guard let range = head.headers["Content-Range"], Self.start(of: range, size: size) == start else {
        throw failure("came as another range than the one asked for", isTransient: false)
      }
    }
    state.withLock { $0.surplus = head.status == 206 ? 0 : start }
  }

  /// Passes on what is new in a chunk.
  package func take(
    _ chunk: UnsafeRawBufferPointer, _ consume: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (skipped, position) = state.withLock { state in
      let skipped = min(state.surplus, chunk.count)
      state.surplus -= skipped
      return (skipped, state.position)
    }
    let fresh = UnsafeRawBufferPointer(rebasing: chunk.dropFirst(skipped))
    guard fresh.count <= size - position else {
      throw failure("is longer than the \(size) bytes that are expected", isTransient: false)
    }
    if fresh.isEmpty { return }
    do { try consume(fresh) } catch { throw CallerFailure(error: error) }
    state.withLock { $0.position += fresh.count }
  }

  /// Looks whether everything came.
  package func end() throws(SealiftError) {
    let position = self.position
    guard position == size else {
      throw failure("ended after \(position) of \(size) bytes", isTransient: true)
    }
  }

  /// The start of `bytes 0-99/100`, if it goes to the end of `size` bytes.
  ///
  /// Source: RFC 9110, section 14.4.
  private static func start(of range: String, size: Int) -> Int? {
    guard let match = range.wholeMatch(of: /bytes ([0-9]{1,18})-([0-9]{1,18})\/([0-9]{1,18}|\*)/),
      let end = Int(match.2), end == size - 1, match.3 == "*" || Int(match.3) == size
    else { return nil }
    return Int(match.1)
  }

  private func failure(_ problem: String, isTransient: Bool) -> SealiftError {
    SealiftError(
      .protocol, "\(subject) \(problem)", nextStep: nextStep, isTransient: isTransient)
  }
}
