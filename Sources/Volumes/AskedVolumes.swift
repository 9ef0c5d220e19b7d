public import BundleFormat
public import Diagnostics
public import Digests
internal import Synchronization
internal import SystemIO

/// Asks a person for the next disc.
public protocol VolumePrompt: Sendable {
  /// Shows a request, and waits until it is said to be done.
  ///
  /// - Throws: Where nobody can answer any more.
  func ask(_ request: String) throws(SealiftError)
}

/// The volumes of a bundle, one after the other, each asked for when it is its turn: for a machine with one drive.
///
/// No volume is open while another one is asked for, so that its medium can be taken out.
/// Threads: one at a time.
public final class AskedVolumes: BundleMedium {
  /// What the user calls the bundle.
  public let path: String
  /// Signatures of the index that lie beside the volumes that are there at the beginning.
  public let signaturesBeside: [SignatureBeside]
  private let found: FoundVolumes
  private let list: VolumeList
  private let prompt: any VolumePrompt
  private let state = Mutex(State())

  private struct State {
    var volume = 0
    var offset = 0
    var file: File?
  }

  /// Read once, from front to back.
  public var isSeekable: Bool { false }

  /// - Parameters:
  ///   - found: Where to look.
  ///   - list: A list that is trusted.
  ///   - prompt: Asks.
  public init(_ found: FoundVolumes, _ list: VolumeList, _ prompt: any VolumePrompt) throws(SealiftError) {
    path = found.path
    signaturesBeside = try found.signatures()
    self.found = found
    self.list = list
    self.prompt = prompt
  }

  /// The bytes of all volumes, as the list tells.
  public func size() throws(SealiftError) -> Int { list.totalBytes }

  /// Nothing: reads are not positioned.
  public func read(_ parts: [UnsafeMutableRawBufferPointer], at offset: Int) throws(SealiftError) -> Int { 0 }

  /// Fills all of the memory, from as many volumes as it takes.
  public func read(_ parts: [UnsafeMutableRawBufferPointer]) throws(SealiftError) -> Int {
    var done = 0
    for part in parts {
      var filled = 0
      while filled < part.count {
        let count = try read(into: part.piece(filled..<part.count))
        if count == 0 { return done }
        filled += count
        done += count
      }
    }
    return done
  }

  /// Reads what comes next, at most to the end of a volume.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealiftError) -> Int {
    try state.withLock { (state) throws(SealiftError) in
      while state.volume < list.entries.count {
        let entry = list.entries[state.volume]
        let rest = min(buffer.count, entry.size - state.offset)
        if rest > 0 {
          state.offset += try read(buffer.piece(0..<rest), of: entry, &state)
          return rest
        }
        if buffer.isEmpty { return 0 }
        state = State(volume: state.volume + 1)
      }
      return 0
    }
  }

  /// Fills memory from one volume; where it cannot be read, it is asked for again.
  private func read(
    _ memory: UnsafeMutableRawBufferPointer, of entry: VolumeList.Entry, _ state: inout State
  ) throws(SealiftError) -> Int {
    while true {
      if state.file == nil { state.file = try open(entry, state.volume) }
      var problem = "it ends too early"
      do throws(SealiftError) {
        if try state.file?.read([memory], at: state.offset) == memory.count { return memory.count }
      } catch { problem = error.problem }
      state.file = nil
      try prompt.ask("\(entry.name) cannot be read (\(problem)): clean it and put it back, or bring a copy")
    }
  }

  private func open(_ entry: VolumeList.Entry, _ number: Int) throws(SealiftError) -> File {
    var isAsked = false
    while true {
      let here = try found.again()
      let paths = (here.files[number + 1] ?? []) + here.files.values.joined().sorted()
      if let path = paths.first(where: { VolumeState($0).fits(entry) }) {
        return try File(regular: path, followingLinks: true)
      }
      let sight = isAsked ? sight(paths) : []
      isAsked = true
      let wrong = paths.isEmpty ? [] : VolumeArrangement(here, by: list).problems
      let places = found.directories.joined(separator: " or ")
      try prompt.ask(
        (sight + wrong + ["put \(entry.name) (\(number + 1) of \(list.entries.count)) into \(places)"]).joined(
          separator: "; "))
    }
  }

  /// What is there instead of what was asked for.
  private func sight(_ paths: [String]) -> [String] {
    if paths.isEmpty { return ["no volume is there"] }
    let others = list.entries.filter { entry in paths.contains { VolumeState($0).fits(entry) } }
    return others.isEmpty ? [] : ["that is \(others.map(\.name).joined(separator: ", "))"]
  }

  /// The byte of the bundle, and of the volume that holds it.
  public func place(of offset: Int) -> String {
    let volume = offset / list.volumeBytes
    guard volume < list.entries.count else { return "byte \(offset)" }
    return "byte \(offset) (byte \(offset % list.volumeBytes) of \(list.entries[volume].name))"
  }

  /// Refuses volumes whose list tells of another bundle.
  public func check(id: Digest) throws(SealiftError) {
    guard list.bundle != id else { return }
    throw .otherBundle(path + VolumeList.suffix, list, id)
  }
}
