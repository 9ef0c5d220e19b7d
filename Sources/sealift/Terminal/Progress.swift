package import Diagnostics
internal import Glibc

/// How far one phase of the work is, how fast it goes, and when it will end.
package struct Progress: Sendable {
  /// The phase.
  package let phase: Event.Phase
  /// All its bytes; 0 if they are not known or there are none.
  package let totalBytes: Int
  /// All its items; 0 if they are not known or there are none.
  package let totalItems: Int
  /// The bytes that are done.
  package private(set) var bytes = 0
  /// The items that are done.
  package private(set) var items = 0

  private let started: Double
  private var lastTick: Double
  private var byteRate = SmoothedRate()
  private var itemRate = SmoothedRate()

  /// - Parameter now: Seconds on a clock that never goes back.
  package init(_ phase: Event.Phase, bytes: Int, items: Int, now: Double) {
    self.phase = phase
    totalBytes = max(0, bytes)
    totalItems = max(0, items)
    started = now
    lastTick = now
  }

  package mutating func advance(bytes: Int) { self.bytes += max(0, bytes) }

  package mutating func finishItem() { items += 1 }

  /// Takes the time into account; called every moment, whether or not something has moved.
  package mutating func tick(now: Double) {
    let elapsed = now - lastTick
    guard elapsed > 0 else { return }
    byteRate.take(bytes, after: elapsed)
    itemRate.take(items, after: elapsed)
    lastTick = now
  }

  /// Bytes in a second, of late; `nil` before there is anything to go by.
  package var rate: Double? { byteRate.value }

  /// Bytes in a second, from the beginning of the phase.
  package func meanRate(now: Double) -> Double? {
    let elapsed = seconds(now: now)
    return elapsed > 0 && bytes > 0 ? Double(bytes) / elapsed : nil
  }

  /// Seconds since the phase began.
  package func seconds(now: Double) -> Double { now - started }

  /// Seconds until the end of the phase at the present rate: that of bytes where there are some.
  package var secondsLeft: Double? {
    if totalBytes > 0 { return rate.flatMap { $0 >= 1 ? seconds(for: totalBytes - bytes, at: $0) : nil } }
    return itemRate.value.flatMap { seconds(for: totalItems - items, at: $0) }
  }

  private func seconds(for rest: Int, at rate: Double) -> Double? { rest > 0 && rate > 0 ? Double(rest) / rate : nil }

  /// The part that is done, 0 to 1, by bytes where there are some; `nil` if no total is known.
  package var fraction: Double? {
    if totalBytes > 0 { return min(1, Double(bytes) / Double(totalBytes)) }
    if totalItems > 0 { return min(1, Double(items) / Double(totalItems)) }
    return nil
  }
}

/// How fast a number grows, of late.
private struct SmoothedRate: Sendable {
  private var last = 0
  // An exponential mean of the rate, and the sum of its weights, which is below 1 at the beginning.
  private var weighted = 0.0
  private var weight = 0.0

  // Long enough that a slow registry's pauses do not make the estimate jump.
  private static let smoothingSeconds = 8.0

  /// Takes the number as it is so many seconds after the last time.
  mutating func take(_ number: Int, after seconds: Double) {
    let share = 1 - exp(-seconds / Self.smoothingSeconds)
    weighted += share * (Double(number - last) / seconds - weighted)
    weight += share * (1 - weight)
    last = number
  }

  /// `nil` before there is anything to go by.
  var value: Double? { weight > 0 && last > 0 ? weighted / weight : nil }
}
