internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import Parity
internal import SystemIO
internal import Volumes

/// A bundle that is not finished: `NAME.partial`, with its other volumes if it has some, and its journal; all of them
/// gone when it is finished.
struct PartialBundle: Sendable {
  /// The path of the finished bundle.
  let path: String
  /// The unfinished file, or its first volume, locked for this process.
  private let file: File
  /// What is written into volumes; `nil` for a bundle that is one file.
  let volumes: UnfinishedVolumes?
  private let volumeBytes: Int?

  /// Where the bytes of the bundle go.
  var storage: any BundleStorage { volumes ?? file }

  private var partialPath: String { path + ".partial" }

  /// The path of the journal.
  var journalPath: String { partialPath + ".journal" }

  /// Opens or makes the unfinished file.
  ///
  /// - Parameter volumeBytes: The size of a volume, if volumes are wanted.
  /// - Throws: `again` if another process is at it; `usage` if the bundle that is there is in another form.
  init(for path: String, volumeBytes: Int? = nil) throws(SealiftError) {
    try VolumeSearch.checkName(of: path)
    try FileSystem.checkName(of: path, with: [".partial.journal"] + (volumeBytes == nil ? [] : [Self.longestSuffix]))
    FileSystem.removeLeftovers(in: FileSystem.parent(of: path))
    try Self.checkForm(path, hasVolumes: volumeBytes != nil)
    self.path = path
    self.volumeBytes = volumeBytes
    let file = try Self.locked(path)
    self.file = file
    volumes = volumeBytes.map { UnfinishedVolumes(file, volumeBytes: $0) }
    if volumes != nil { try takeBackNames() }
  }

  private static let longestSuffix = VolumeList.suffix + "." + String(repeating: "0", count: 16) + ".sig"

  /// A bundle of one form does not take the place of one of the other: who names it would not know which one is read.
  private static func checkForm(_ path: String, hasVolumes: Bool) throws(SealiftError) {
    let other = try hasVolumes ? (FileSystem.exists(path) ? path : nil) : VolumeFiles(of: path).first
    guard let other else { return }
    throw SealiftError(
      .usage, "\(other) is there already, and \(hasVolumes ? "is one file" : "is a volume"), unlike the new bundle",
      nextStep: "choose another name with -o, or remove the old bundle")
  }

  private static func locked(_ path: String) throws(SealiftError) -> File {
    while true {
      let file = try File(own: path + ".partial", isMade: true)
      guard try file.lock() else {
        throw SealiftError(
          .again, "another process is packing \(path)", nextStep: "wait for it to end, or choose another name")
      }
      // A process that ended between the two steps has given the file its final name: it must not be written any more.
      if try file.hasName(path + ".partial") { return file }
    }
  }

  /// Goes back to before a run was interrupted that gave the volumes their names.
  private func takeBackNames() throws(SealiftError) {
    guard try file.size() > 0, let count = try PackJournal.load(journalPath)?.progress.named else { return }
    for volume in 1..<max(1, min(count, VolumeName.maximumCount)) {
      let unfinished = UnfinishedVolumes.path(of: volume, partialPath)
      let named = VolumeName(path, volume + 1, of: count).text
      if try FileSystem.kind(of: unfinished) == nil, try FileSystem.kind(of: named) == .file {
        try FileSystem.rename(named, to: unfinished)
      }
    }
  }

  /// Forgets what an earlier run did.
  func clear() throws(SealiftError) {
    try FileSystem.remove(journalPath)
    try removeOthers()
    try storage.truncate(to: 0)
  }

  /// Removes the unfinished file.
  func remove() throws(SealiftError) {
    try FileSystem.remove(journalPath)
    try removeOthers()
    try FileSystem.remove(partialPath)
  }

  private func removeOthers() throws(SealiftError) {
    for other in try UnfinishedVolumes.others(partialPath).values { try FileSystem.remove(other) }
  }

  /// Gives the file its name, when all of it is there and synced.
  ///
  /// - Parameters:
  ///   - parity: Gets its names too, after that.
  ///   - proof: Looks at the file before.
  func finish(size: Int, _ parity: UnfinishedParity?, proof: (any BundleStorage) throws -> Void) throws {
    try storage.truncate(to: size)
    try storage.sync()
    try proof(storage)
    // Parity of an earlier bundle would make its bytes out of the new ones.
    try VolumeFiles(of: path).remove()
    try FileSystem.rename(partialPath, to: path)
    try parity?.name()
    try FileSystem.remove(journalPath)
  }

  /// Gives the volumes their names, when all of them are there and synced, and what belongs beside them is written.
  ///
  /// A run that is killed here leaves the first volume under its unfinished name: another one goes on from there.
  ///
  /// - Parameter writeBeside: Writes the list of the volumes, and what else belongs beside them.
  func name(volumes count: Int, _ journal: PackJournal, writeBeside: () throws -> Void) throws {
    try VolumeFiles(of: path).remove()
    try journal.naming(volumes: count, of: storage)
    for volume in (1..<count).reversed() {
      try FileSystem.rename(
        UnfinishedVolumes.path(of: volume, partialPath), to: VolumeName(path, volume + 1, of: count).text)
    }
    try writeBeside()
    try FileSystem.rename(partialPath, to: VolumeName(path, 1, of: count).text)
    try FileSystem.remove(journalPath)
  }

  /// Checks that a bundle of `size` bytes can be written here.
  ///
  /// - Throws: `storage`, with the numbers.
  func checkRoom(for size: Int, parity: (count: Int, bytes: Int)?) throws(SealiftError) {
    let largest = volumeBytes.map { min($0, size) } ?? size
    try FileSystem.volume(of: partialPath).checkRoom(
      for: size + (parity.map { $0.count * $0.bytes } ?? 0),
      parity == nil ? "the bundle" : "the bundle with its parity", at: path, present: storage.allocatedBytes(),
      largestFile: max(largest, parity?.bytes ?? 0))
  }
}
