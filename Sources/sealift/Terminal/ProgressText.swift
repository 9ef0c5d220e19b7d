internal import Diagnostics

extension Progress {
  /// One line for a terminal, at most `width` columns: what is least needed goes first where there is little room.
  func bar(width: Int) -> String {
    var parts = [phase.title]
    if let fraction { parts.append(percent(fraction)) }
    let place = parts.count
    let count = totalItems > 0 ? ["\(items)/\(totalItems) \(phase.noun)s"] : []
    if totalBytes == 0 { parts += count }
    if totalBytes > 0 {
      parts.append("\(bytes.asBytes) / \(totalBytes.asBytes)")
    } else if bytes > 0 {
      parts.append(bytes.asBytes)
    }
    if let rate { parts.append("\(Int(rate).asBytes)/s") }
    if let secondsLeft { parts.append("\(clock(secondsLeft)) left") }
    if totalBytes > 0 { parts += count }
    while parts.joined(separator: "  ").count > width, parts.count > 1 { parts.removeLast() }
    let room = width - parts.joined(separator: "  ").count - 4
    // Steps of ten, so that it does not change its length with every digit beside it.
    let columns = min(room / 10 * 10, 30)
    if let fraction, columns > 0 { parts.insert(gauge(fraction, columns: columns), at: place) }
    return String(parts.joined(separator: "  ").prefix(width))
  }

  /// One line for a log, while the phase goes on.
  var line: String {
    var parts: [String] = []
    if totalBytes > 0, let fraction {
      parts.append("\(bytes.asBytes) of \(totalBytes.asBytes) (\(percent(fraction, padded: false)))")
    } else if bytes > 0 {
      parts.append(bytes.asBytes)
    }
    if totalItems > 0 { parts.append("\(items) of \(totalItems) \(phase.noun)s") }
    if let rate { parts.append("\(Int(rate).asBytes)/s") }
    if let secondsLeft { parts.append("\(clock(secondsLeft)) left") }
    return "\(phase.title): " + (parts.isEmpty ? "begun" : parts.joined(separator: ", "))
  }

  /// One line for the end of the phase; `nil` if there was nothing to do.
  func summary(now: Double) -> String? {
    var parts: [String] = []
    if items > 0 { parts.append(counted(items, phase.noun)) }
    if bytes > 0 { parts.append(bytes.asBytes) }
    if parts.isEmpty { return nil }
    let rate = meanRate(now: now).map { ", \(Int($0).asBytes)/s" } ?? ""
    return "\(phase.title): done, \(parts.joined(separator: ", ")) in \(clock(seconds(now: now)))\(rate)"
  }

  private func gauge(_ fraction: Double, columns: Int) -> String {
    let filled = Int(fraction * Double(columns))
    return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: columns - filled) + "]"
  }

  private func percent(_ fraction: Double, padded: Bool = true) -> String {
    // Rounded down: 100 % is said only of what is done.
    let number = "\(Int(fraction * 100))%"
    return padded ? String(repeating: " ", count: 4 - number.count) + number : number
  }
}

extension Event.Phase {
  /// What is being done.
  var title: String {
    switch self {
    case .resolve: "resolving"
    case .fill: "packing"
    case .hash: "hashing"
    case .protect: "making parity"
    case .repair: "repairing"
    case .prove: "proving"
    case .publish: "publishing"
    case .tag: "tagging"
    case .check: "checking"
    case .delete: "deleting"
    }
  }

  /// What one of its items is.
  var noun: String {
    switch self {
    case .resolve: "image"
    case .fill, .hash, .prove, .publish: "blob"
    case .protect, .repair: "volume"
    case .tag: "tag"
    case .check: "item"
    case .delete: "manifest"
    }
  }
}

/// A length of time for people: `0:07`, `12:05`, `3:00:21`.
func clock(_ seconds: Double) -> String {
  // A stalled transfer's estimate can be any number.
  let whole = Int(min(max(0, seconds), 359_999).rounded())
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  let paddedRest = rest < 10 ? "0\(rest)" : "\(rest)"
  if hours == 0 { return "\(minutes):\(paddedRest)" }
  return "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(paddedRest)"
}

/// A number of things: `1 blob`, `2 blobs`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
