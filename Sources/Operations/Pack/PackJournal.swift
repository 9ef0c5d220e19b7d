internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import Glibc
internal import JSON
internal import SystemIO

/// What is done of an unfinished bundle, one line for each step, in a file beside it.
///
/// A line is written once its bytes are, without a sync: after a kill they are all there. After a power cut, which a new
/// boot id shows, only the lines count that a `synced` line covers, as the bundle was synced before it was written.
///
/// Threads: any, many at once.
final class PackJournal: Sendable {
  /// The progress that a journal tells.
  struct Progress: Sendable {
    /// Blobs that are whole, by their place in the index.
    var finished: Set<Int> = []
    /// How many bytes of a raw blob are there.
    var started: [Int: Int] = [:]
    /// The frames of compressed blobs, in order.
    var frames: [Int: [StoredFrame]] = [:]
    /// What was asked for and is not in the bundle.
    var missing: [String] = []
  }

  private let file: File
  private let lines: Monitor<Int>

  private init(_ file: File, lines: Int) {
    self.file = file
    self.lines = Monitor(lines)
  }

  /// Starts a journal for a bundle whose head is written and synced.
  ///
  /// - Parameters:
  ///   - finished: Blobs that are whole and synced already, by their place in the index.
  ///   - missing: What was asked for and is not in the bundle: one sentence each.
  static func create(
    _ path: String, _ inputs: PackInputs, finished: [Int], missing: [String]
  ) throws(SealiftError) -> PackJournal {
    let facts =
      [inputs.line, "session \(try bootID())"] + finished.map { "blob \($0)" }
      + missing.map { missingPrefix + String(decoding: JSONWriter.bytes(of: .string($0)), as: UTF8.self) }
    let lines = facts + ["synced \(facts.count)"]
    // Written in place: a journal that is torn here counts as none, and a kill leaves no file of another name.
    let file = try File(path, .replace)
    try file.write(Array(lines.map { $0 + "\n" }.joined().utf8))
    try file.sync()
    try FileSystem.syncDirectory(of: path)
    return PackJournal(try append(to: path), lines: lines.count)
  }

  /// Reads a journal.
  ///
  /// - Returns: `nil` if there is none, or its first line is torn.
  static func load(_ path: String) throws(SealiftError) -> (inputs: String, progress: Progress)? {
    guard FileSystem.exists(path) else { return nil }
    let lines = try linesThatCount(path).map { String(decoding: $0, as: UTF8.self) }
    guard let inputs = lines.first else { return nil }
    return (inputs, progress(lines.dropFirst()))
  }

  /// Goes on with a journal that was loaded.
  static func resume(_ path: String) throws(SealiftError) -> PackJournal {
    let lines = try linesThatCount(path)
    let file = try append(to: path)
    // What does not count now must not count later either, when this run's own session is the last.
    try file.truncate(to: lines.reduce(0) { $0 + $1.count + 1 })
    let journal = PackJournal(file, lines: lines.count)
    try journal.write("session \(try bootID())")
    return journal
  }

  /// The lines that are whole, and of these after a power cut those that were synced.
  private static func linesThatCount(_ path: String) throws(SealiftError) -> [ArraySlice<UInt8>] {
    let bytes = try FileSystem.read(path, limit: maximumBytes)
    // A line without its end was cut while it was written.
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    let session = lines.last { $0.starts(with: "session ".utf8) }
    if let session, try session.elementsEqual("session \(bootID())".utf8) { return Array(lines) }
    let synced = "synced "
    let last = lines.last { $0.starts(with: synced.utf8) }?.dropFirst(synced.utf8.count)
    return Array(lines.prefix(last.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 1))
  }

  /// Notes that a blob is whole.
  func finished(_ index: Int) throws(SealiftError) { try write("blob \(index)") }

  /// Notes how many bytes of a raw blob are there.
  func started(_ index: Int, bytes: Int) throws(SealiftError) { try write("part \(index) \(bytes)") }

  /// Notes that nothing of a blob is there.
  func restarted(_ index: Int) throws(SealiftError) { try write("none \(index)") }

  /// Notes that a frame of a compressed blob is there.
  ///
  /// - Parameter number: Its place among the blob's frames.
  func written(_ index: Int, frame: StoredFrame, number: Int) throws(SealiftError) {
    try write("frame \(index) \(number) \(frame.storedBytes) \(frame.contentBytes) \(frame.digest)")
  }

  /// Syncs the bundle, then notes that all lines up to now are true on the disk.
  func sync(_ bundle: File) throws(SealiftError) {
    let lines = lines.withLock { $0 }
    try bundle.sync()
    try write("synced \(lines)")
    try file.sync()
  }

  private func write(_ line: String) throws(SealiftError) {
    try lines.withLock { (lines) throws(SealiftError) in
      try file.write(Array((line + "\n").utf8))
      lines += 1
    }
  }

  private static let missingPrefix = "missing "

  // A hundred bytes for each step of 300,000 blobs and some thousand parts.
  private static let maximumBytes = 256 << 20

  private static func append(to path: String) throws(SealiftError) -> File {
    let descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("cannot open \(path)") }
    return File(descriptor: descriptor, path: path)
  }

  private static func bootID() throws(SealiftError) -> String {
    let bytes = try FileSystem.read("/proc/sys/kernel/random/boot_id", limit: 64)
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  private static func progress(_ lines: ArraySlice<String>) -> Progress {
    var progress = Progress()
    for line in lines {
      if line.hasPrefix(missingPrefix) {
        let text = try? JSONReader.value(Array(line.dropFirst(missingPrefix.count).utf8), source: "journal").text
        if let text { progress.missing.append(text) }
        continue
      }
      let words = line.split(separator: " ")
      let numbers = words.dropFirst().map { Int($0) ?? -1 }
      switch (words.first, numbers.count) {
      case ("blob", 1): progress.finished.insert(numbers[0])
      case ("none", 1):
        progress.started[numbers[0]] = nil
        progress.frames[numbers[0]] = nil
      case ("part", 2): progress.started[numbers[0]] = numbers[1]
      case ("frame", 5):
        guard let digest = try? Digest(String(words[5])) else { continue }
        let frame = StoredFrame(storedBytes: numbers[2], contentBytes: numbers[3], digest: digest)
        // A frame that was written again takes the place of the first, and what followed that is gone.
        progress.frames[numbers[0]] = (progress.frames[numbers[0]] ?? []).prefix(max(0, numbers[1])) + [frame]
      default: continue
      }
    }
    return progress
  }
}
