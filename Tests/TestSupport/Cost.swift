internal import Glibc

/// What work costs in processor time, which a busy machine does not stretch as it stretches the time on the clock.
public enum Cost {
  /// A growth below this is linear: work of four times the size costs about four times as much, and sixteen times as
  /// much where the cost is quadratic.
  public static let linear = 8.0

  /// The processor time that the calling thread spends on some work.
  public static func of(_ work: () throws -> Void) rethrows -> Duration {
    let start = threadTime()
    try work()
    return threadTime() - start
  }

  /// How many times as much it costs to do work of four times the size.
  ///
  /// The lowest of a few tries, because other work disturbs the caches.
  ///
  /// - Parameters:
  ///   - size: The larger of the two sizes.
  ///   - cost: What work of a size costs.
  public static func growth(to size: Int, _ cost: (_ size: Int) throws -> Duration) rethrows -> Double {
    var lowest = Double.infinity
    for _ in 0..<5 where lowest >= linear { lowest = min(lowest, try cost(size) / cost(size / 4)) }
    return lowest
  }

  private static func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
