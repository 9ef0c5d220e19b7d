package import Diagnostics
internal import JSON

/// Turns events and the passing of time into what is written to stderr; knows neither clock nor terminal.
package struct ProgressDisplay: Sendable {
  /// How events are shown.
  package enum Style: Sendable, Equatable {
    /// A line that is drawn again and again, and what stays above it.
    case bar
    /// Lines that stay.
    case lines
    /// One JSON object on each line.
    case json
  }

  private let style: Style
  private let isQuiet: Bool
  private let usesColour: Bool
  private var progress: Progress?
  private var pending = ""
  private var isBarShown = false
  private var lastLine: Double = 0
  private var lastShown = (bytes: -1, items: -1)

  /// Seconds between two lines about the same phase.
  package static let secondsBetweenLines = 5.0
  // A script that draws a bar of its own wants them more often.
  private static let secondsBetweenObjects = 1.0

  /// - Parameter isQuiet: Shows warnings only.
  package init(_ style: Style, isQuiet: Bool = false, usesColour: Bool = false) {
    self.style = style
    self.isQuiet = isQuiet
    self.usesColour = usesColour
  }

  /// Takes an event; it shows with the next frame.
  package mutating func take(_ event: Event, now: Double) {
    switch event {
    case .phase(let phase, let bytes, let items):
      endPhase(now: now)
      progress = Progress(phase, bytes: bytes, items: items, now: now)
      lastLine = now
      lastShown = (-1, -1)
      emit("phase", [.init("bytes", .integer(bytes)), .init("items", .integer(items))])
    case .advanced(let bytes):
      progress?.advance(bytes: bytes)
    case .finished(let item, let outcome):
      progress?.finishItem()
      emit("item", [.init("item", .string(item)), .init("outcome", .string(outcome.rawValue))])
    case .note(let text):
      if !isQuiet { say("note", text, colour: nil) }
    case .warning(let text):
      say("warning", text, colour: 33)
    }
  }

  /// What to write now.
  ///
  /// - Parameter width: Columns of the terminal.
  package mutating func frame(now: Double, width: Int) -> String {
    progress?.tick(now: now)
    addPeriodicLine(now: now)
    var text = takePending()
    if style == .bar, !isQuiet, let progress {
      // The last column stays free: some terminals break the line there.
      text += progress.bar(width: max(20, width - 1))
      isBarShown = true
    }
    return text
  }

  /// What to write last; the bar is gone afterwards.
  ///
  /// - Parameter isComplete: Whether the running phase came to its end.
  package mutating func end(now: Double, isComplete: Bool) -> String {
    if isComplete { endPhase(now: now) }
    progress = nil
    return takePending()
  }

  /// What has gathered, after the escape that clears the bar.
  private mutating func takePending() -> String {
    defer {
      pending = ""
      isBarShown = false
    }
    return (isBarShown ? "\r\u{1B}[K" : "") + pending
  }

  private mutating func addPeriodicLine(now: Double) {
    guard let progress, !isQuiet else { return }
    switch style {
    case .bar: break
    case .lines where now - lastLine >= Self.secondsBetweenLines:
      pending += progress.line + "\n"
      lastLine = now
    case .json where now - lastLine >= Self.secondsBetweenObjects && lastShown != (progress.bytes, progress.items):
      emitProgress(progress)
      lastLine = now
    case .lines, .json: break
    }
  }

  private mutating func endPhase(now: Double) {
    guard let progress, !isQuiet else { return }
    if style == .json {
      emitProgress(progress)
    } else if let summary = progress.summary(now: now) {
      pending += summary + "\n"
    }
  }

  private mutating func emitProgress(_ progress: Progress) {
    lastShown = (progress.bytes, progress.items)
    var members: [JSONValue.Member] = [
      .init("bytes", .integer(progress.bytes)), .init("totalBytes", .integer(progress.totalBytes)),
      .init("items", .integer(progress.items)), .init("totalItems", .integer(progress.totalItems)),
    ]
    if let rate = progress.rate { members.append(.init("bytesPerSecond", .integer(Int(rate)))) }
    if let left = progress.secondsLeft, left < 1e9 { members.append(.init("secondsLeft", .integer(Int(left)))) }
    emit("progress", members)
  }

  private mutating func say(_ kind: String, _ text: String, colour: Int?) {
    if style == .json {
      emit(kind, [.init("text", .string(text))], evenIfQuiet: true)
    } else {
      pending += coloured("\(kind):", usesColour ? colour : nil) + " \(text.printable)\n"
    }
  }

  private mutating func emit(_ event: String, _ members: [JSONValue.Member], evenIfQuiet: Bool = false) {
    guard style == .json, evenIfQuiet || !isQuiet else { return }
    let phase = progress.map { [JSONValue.Member("phase", .string($0.phase.rawValue))] } ?? []
    pending += jsonLine(.object([.init("event", .string(event))] + phase + members))
  }
}

/// The text in a colour of the terminal's palette.
///
/// Source: ECMA-48, section 8.3.117, "SGR".
func coloured(_ text: String, _ colour: Int?) -> String {
  colour.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text
}
