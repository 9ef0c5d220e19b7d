/// Runs `body`, and `task` beside it at intervals until `body` ends.
///
/// - Returns: What `body` returns.
/// - Throws: What `body` throws; else what `task` threw, which is then not run again.
public func withRepeating<Result>(
  _ task: @escaping @Sendable () async throws -> Void, every interval: Duration, _ body: () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      while true {
        do { try await Task.sleep(for: interval) } catch { return }
        try await task()
      }
    }
    let result: Result
    do { result = try await body() } catch {
      group.cancelAll()
      throw error
    }
    group.cancelAll()
    do { try await group.waitForAll() } catch is CancellationError {}
    return result
  }
}
