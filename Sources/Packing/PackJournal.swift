internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import Glibc
internal import JSON
internal import Synchronization
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
    /// Those of them that were made by the first run, and could not be fetched by another.
    var made: Set<Int> = []
    /// What is there of raw blobs that are not whole.
    var started: [Int: Start] = [:]
    /// The frames of compressed blobs, in order.
    var frames: [Int: [StoredFrame]] = [:]
    /// What was asked for and is not in the bundle.
    var missing: [String] = []
    /// The digest of all that stands before the first blob.
    var head: Digest?
    /// How many volumes were about to get their names; `nil` before that.
    var named: Int?
  }

  /// The beginning of a raw blob.
  struct Start: Sendable, Equatable {
    let bytes: Int
    let digest: Digest
  }

  private let file: File
  private let lines: Mutex<Int>

  private init(_ file: File, lines: Int) {
    self.file = file
    self.lines = Mutex(lines)
  }

  /// Starts a journal for a bundle whose head is written and synced.
  ///
  /// - Parameters:
  ///   - progress: What is there and synced already; nothing of it is begun and not whole.
  static func create(
    _ path: String, _ inputs: PackInputs, _ progress: Progress
  ) throws(SealiftError) -> PackJournal {
    var facts = [inputs.line, "session \(bootID())"]
    facts += progress.head.map { ["head \($0)"] } ?? []
    facts += progress.finished.sorted().map { progress.made.contains($0) ? "made \($0)" : "blob \($0)" }
    facts += progress.missing.map { missingPrefix + String(decoding: JSONWriter.bytes(of: .string($0)), as: UTF8.self) }
    let proven = facts + [factsPrefix + digest(of: facts)]
    let lines = proven + ["synced \(proven.count)"]
    // Written in place: a journal that is torn here counts as none, and a kill leaves no file of another name.
    try FileSystem.remove(path)
    let file = try File(path, .create)
    try file.write(Array(lines.map { $0 + "\n" }.joined().utf8))
    try file.sync()
    try FileSystem.syncDirectory(of: path)
    return PackJournal(try File(own: path, appends: true), lines: lines.count)
  }

  /// Reads a journal.
  ///
  /// What it tells besides its first lines is a claim: a disk may have changed it, and the bundle.
  ///
  /// - Returns: `nil` if there is none, or its first lines are torn or damaged; no inputs where the first is none.
  static func load(_ path: String) throws(SealiftError) -> (inputs: PackInputs?, progress: Progress)? {
    guard try FileSystem.kind(of: path) != nil else { return nil }
    let lines = try linesThatCount(path).map { String(decoding: $0, as: UTF8.self) }
    guard let inputs = lines.first, let end = lines.firstIndex(where: { $0.hasPrefix(factsPrefix) }),
      lines[end] == factsPrefix + digest(of: Array(lines[..<end]))
    else { return nil }
    return (PackInputs(line: inputs), progress(lines.dropFirst()))
  }

  private static func digest(of facts: [String]) -> String {
    SHA256Hasher.digest(of: Array(facts.joined(separator: "\n").utf8)).description
  }

  /// Goes on with a journal that was loaded.
  static func resume(_ path: String) throws(SealiftError) -> PackJournal {
    let lines = try linesThatCount(path)
    let file = try File(own: path, appends: true)
    // What does not count now must not count later either, when this run's own session is the last.
    try file.truncate(to: lines.reduce(0) { $0 + $1.count + 1 })
    let journal = PackJournal(file, lines: lines.count)
    try journal.write("session \(bootID())")
    return journal
  }

  /// The lines that are whole, and of these after a power cut those that were synced.
  private static func linesThatCount(_ path: String) throws(SealiftError) -> [ArraySlice<UInt8>] {
    let file = try File(own: path)
    let bytes = try file.bytes(at: 0, count: min(file.size(), maximumBytes))
    // A line without its end was cut while it was written.
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    let session = lines.last { $0.starts(with: "session ".utf8) }
    if let session, session.elementsEqual("session \(bootID())".utf8) { return Array(lines) }
    let synced = "synced "
    let last = lines.last { $0.starts(with: synced.utf8) }?.dropFirst(synced.utf8.count)
    return Array(lines.prefix(last.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 1))
  }

  /// Notes that a blob is whole.
  func finished(_ index: Int) throws(SealiftError) { try write("blob \(index)") }

  /// Notes what is there of a raw blob.
  func started(_ index: Int, _ start: Start) throws(SealiftError) {
    try write("part \(index) \(start.bytes) \(start.digest)")
  }

  /// Notes that nothing of a blob is there.
  func restarted(_ index: Int) throws(SealiftError) { try write("none \(index)") }

  /// Notes that a frame of a compressed blob is there.
  ///
  /// - Parameter number: Its place among the blob's frames.
  func written(_ index: Int, frame: StoredFrame, number: Int) throws(SealiftError) {
    try write("frame \(index) \(number) \(frame.storedBytes) \(frame.contentBytes) \(frame.digest)")
  }

  /// Syncs the bundle, then notes that all lines up to now are true on the disk.
  func sync(_ bundle: any BundleStorage) throws(SealiftError) {
    let lines = lines.withLock { $0 }
    try bundle.sync()
    try write("synced \(lines)")
    try file.sync()
  }

  /// Notes that volumes are given their names, from the last to the first.
  func naming(volumes: Int, of bundle: any BundleStorage) throws(SealiftError) {
    try write("naming \(volumes)")
    try sync(bundle)
  }

  private func write(_ line: String) throws(SealiftError) {
    try lines.withLock { (lines) throws(SealiftError) in
      try file.write(Array((line + "\n").utf8))
      lines += 1
    }
  }

  private static let missingPrefix = "missing "
  // The line behind all that cannot be proven from the bundle itself.
  private static let factsPrefix = "facts "

  // A hundred bytes for each step of 300,000 blobs and some thousand parts.
  private static let maximumBytes = 256 << 20

  /// What tells one run of the machine from the next; where it is not told, each run counts as one after a power cut.
  private static func bootID() -> String {
    let bytes = try? FileSystem.read("/proc/sys/kernel/random/boot_id", limit: 64)
    guard let bytes else { return "unknown-\(UInt64.random(in: .min ... .max))" }
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
      progress.take(
        words.first ?? "", words.dropFirst().compactMap { Int($0) }, words.last.flatMap { try? Digest(String($0)) })
    }
    return progress
  }
}

extension PackJournal.Progress {
  /// What it tells of a bundle of `count` blobs.
  func limited(to count: Int) -> Self {
    var progress = self
    progress.finished = finished.filter { $0 < count }
    progress.made = made.filter { $0 < count }
    return progress
  }

  /// Takes one line; one that cannot be meant is passed over, as if its step had not been done.
  fileprivate mutating func take(_ word: Substring, _ numbers: [Int], _ digest: Digest?) {
    guard numbers.allSatisfy({ $0 >= 0 }) else { return }
    switch (word, numbers.count, digest) {
    case ("head", 0, let digest?): head = digest
    case ("naming", 1, nil): named = numbers[0]
    case ("made", 1, nil):
      finished.insert(numbers[0])
      made.insert(numbers[0])
    case ("blob", 1, nil): finished.insert(numbers[0])
    case ("none", 1, nil):
      finished.remove(numbers[0])
      started[numbers[0]] = nil
      frames[numbers[0]] = nil
    case ("part", 2, let digest?): started[numbers[0]] = PackJournal.Start(bytes: numbers[1], digest: digest)
    case ("frame", 4, let digest?):
      let frame = StoredFrame(storedBytes: numbers[2], contentBytes: numbers[3], digest: digest)
      // A frame that was written again takes the place of the first, and what followed that is gone.
      guard frame.isPossible else { return }
      frames[numbers[0]] = (frames[numbers[0]] ?? []).prefix(numbers[1]) + [frame]
    default: return
    }
  }
}
