internal import Diagnostics
internal import Digests
internal import SystemIO

/// Which file is which volume, as far as sizes and beginnings tell, and what is wrong with those that are none.
struct VolumeArrangement {
  /// The paths of the volumes, in order; `nil` for one that is not there.
  private(set) var paths: [String?]
  /// What the volumes are called, in order.
  private let names: [String]
  /// What is wrong with files that are there: one sentence each.
  private(set) var problems: [String] = []

  /// Arranges files as a list tells: whatever they are called.
  init(_ found: FoundVolumes, by list: VolumeList) {
    paths = []
    names = list.entries.map(\.name)
    var states: [String: VolumeState] = [:]
    for path in found.files.values.joined() { states[path] = VolumeState(path) }
    var unused = Set(states.keys)
    for (number, entry) in list.entries.enumerated() {
      let named = found.files[number + 1] ?? []
      let others = unused.subtracting(named).sorted()
      let path = (named + others).first { unused.contains($0) && states[$0]?.fits(entry) == true }
      paths.append(path)
      if let path { unused.remove(path) }
    }
    // A second copy of a volume harms nobody.
    for path in unused.sorted() {
      guard let state = states[path], !list.entries.contains(where: { state.fits($0) }) else { continue }
      problems.append("\(path) \(state.problem(VolumeName(path: path), list))")
    }
  }

  /// Arranges files by their names alone, as `split` gives them.
  init(_ found: FoundVolumes) {
    let first = found.files[0] == nil ? 1 : 0
    let last = found.files.keys.max() ?? first
    paths = []
    names = (first...max(first, last)).map { VolumeName(found.bundle, $0, of: last).text }
    var sizes: [Int] = []
    for number in first...max(first, last) {
      let states = (found.files[number] ?? []).map { VolumeState($0) }
      if let other = states.first(where: { !$0.isSame(as: states[0]) }) {
        problems.append("\(states[0].path) and \(other.path) have one number, and differ")
      }
      paths.append(states.first?.path)
      sizes.append(states.first?.size ?? -1)
      if let problem = states.first?.failure { problems.append("\(states[0].path) \(problem)") }
    }
    compare(sizes)
  }

  /// All but the last have one size; the last has no more.
  private mutating func compare(_ sizes: [Int]) {
    let known = sizes.filter { $0 >= 0 }
    let usual =
      Dictionary(grouping: sizes.dropLast().filter { $0 > 0 }) { $0 }
      .max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key ?? known.max() ?? 0
    for (place, size) in sizes.enumerated() where size >= 0 {
      guard let path = paths[place] else { continue }
      let isLast = place == sizes.count - 1
      if size == 0 { problems.append("\(path) is empty") }
      if size > 0, size < usual, !isLast { problems.append("\(path) is short: it has \(size) bytes of \(usual)") }
      if size > usual { problems.append("\(path) has \(size) bytes, and the other volumes have \(usual)") }
    }
  }

  /// The names of those that are not there; of many in a row, the first and the last.
  private var missing: [String] {
    var runs: [ClosedRange<Int>] = []
    for place in paths.indices where paths[place] == nil {
      if let run = runs.last, run.upperBound + 1 == place {
        runs[runs.count - 1] = run.lowerBound...place
      } else {
        runs.append(place...place)
      }
    }
    return runs.flatMap { run in
      run.count > 3 ? ["\(names[run.lowerBound]) to \(names[run.upperBound])"] : run.map { names[$0] }
    }
  }

  /// The error for all that is missing or wrong; `nil` where nothing is.
  func failure(_ found: FoundVolumes, hasList: Bool) -> SealiftError? {
    guard paths.contains(nil) || !problems.isEmpty else { return nil }
    var parts: [String] = []
    if paths.contains(nil) {
      let missing = missing.joined(separator: ", ")
      parts.append("of the \(paths.count) volumes of \(found.path) these are not there: \(missing)")
    }
    parts += problems
    let way =
      hasList
      ? "bring them, and name their directories too, or read one disc after the other with --ask"
      : "bring them, and name their directories too"
    return SealiftError(problems.isEmpty ? .notFound : .corrupt, parts.joined(separator: "; "), nextStep: way)
  }
}

/// What tells one volume from another, as quickly as can be.
struct VolumeState {
  let path: String
  let size: Int
  let begin: Digest?
  /// Why it cannot be read.
  let failure: String?

  init(_ path: String) {
    self.path = path
    do throws(SealiftError) {
      let file = try File(regular: path, followingLinks: true)
      let begin = SHA256Hasher.digest(of: try file.bytes(at: 0, count: VolumeList.beginBytes))
      (size, self.begin, failure) = (try file.size(), begin, nil)
    } catch {
      (size, begin, failure) = (-1, nil, "cannot be read: \(error.problem)")
    }
  }

  /// Whether it can be a volume of a list.
  func fits(_ entry: VolumeList.Entry) -> Bool { size == entry.size && begin == entry.begin }

  func isSame(as other: VolumeState) -> Bool { size == other.size && begin == other.begin }

  /// What is wrong with a file that is no volume of a list.
  func problem(_ name: VolumeName?, _ list: VolumeList) -> String {
    if let failure { return failure }
    if size == 0 { return "is empty" }
    let own = name.flatMap { 1...list.entries.count ~= $0.number ? list.entries[$0.number - 1] : nil }
    // What has less than a beginning can be told by its name alone.
    let isCut = own.map { size < min($0.size, VolumeList.beginBytes) } ?? false
    if let entry = list.entries.first(where: { $0.begin == begin }) ?? (isCut ? own : nil), size < entry.size {
      return "is short: it has \(size) bytes of \(entry.size)"
    }
    if let entry = list.entries.first(where: { $0.size < size && begins(with: $0) }) {
      return "is too long: it has \(size) bytes, and should have \(entry.size)"
    }
    return own == nil
      ? "is no volume of this bundle, which has \(list.entries.count)"
      : "is not the volume that the list tells: it is of another bundle, or damaged at its beginning"
  }

  /// Whether its first bytes are those of a volume that has fewer.
  private func begins(with entry: VolumeList.Entry) -> Bool {
    if entry.size >= VolumeList.beginBytes { return begin == entry.begin }
    let bytes = try? File(regular: path, followingLinks: true).bytes(at: 0, count: entry.size)
    return bytes.map { SHA256Hasher.digest(of: $0) } == entry.begin
  }
}
