public import BundleFormat
public import Diagnostics
public import Digests
internal import SystemIO

/// All volumes of a bundle, which read as the one file that they were cut from.
///
/// Threads: any, many at once.
public final class VolumeSet: BundleMedium {
  /// What the user calls the bundle.
  public let path: String
  /// Signatures of the index that lie beside the volumes.
  public let signaturesBeside: [SignatureBeside]
  /// What the volumes must be, by a list that is trusted; `nil` where none is.
  public let list: VolumeList?
  /// By their numbers; `nil` for one that a reader does without.
  private let files: [File?]
  private let cut: VolumeCut
  private let total: Int

  /// Positioned reads.
  public var isSeekable: Bool { true }

  /// Opens all volumes.
  ///
  /// - Parameter list: A list that is trusted.
  /// - Throws: `notFound` or `corrupt`, naming every volume that is missing, short or foreign.
  public init(_ found: FoundVolumes, _ list: VolumeList?) throws(SealiftError) {
    let arrangement = list.map { VolumeArrangement(found, by: $0) } ?? VolumeArrangement(found)
    if let failure = arrangement.failure(found, hasList: list != nil) { throw failure }
    var files: [File] = []
    for path in arrangement.paths.compactMap(\.self) { files.append(try File(regular: path, followingLinks: true)) }
    var total = 0
    for file in files { total += try file.size() }
    self.path = found.path
    self.list = list
    self.files = files
    self.total = total
    cut = VolumeCut(volumeBytes: max(1, try files[0].size()))
    signaturesBeside = try found.signatures()
  }

  /// Opens those volumes that are there, for a reader that can do without some.
  ///
  /// - Parameters:
  ///   - paths: The volumes, in order.
  ///   - volumeBytes: The size of every volume but the last.
  ///   - total: The size of the bundle.
  public init(_ paths: [String?], of found: FoundVolumes, _ list: VolumeList?, volumeBytes: Int, total: Int) {
    path = found.path
    self.list = list
    files = paths.map { $0.flatMap { try? File(regular: $0, followingLinks: true) } }
    self.total = total
    cut = VolumeCut(volumeBytes: volumeBytes)
    signaturesBeside = (try? found.signatures()) ?? []
  }

  /// The size of every volume but the last.
  public var volumeBytes: Int { cut.volumeBytes }

  /// The size of the file of a volume, from 0 on; `nil` if it is not there.
  public func fileBytes(_ volume: Int) -> Int? { files[volume].flatMap { try? $0.size() } }

  /// The bytes of all volumes.
  public func size() throws(SealiftError) -> Int { total }

  /// Reads from the volumes that hold the bytes.
  public func read(_ parts: [UnsafeMutableRawBufferPointer], at offset: Int) throws(SealiftError) -> Int {
    try cut.read(parts, at: offset) { $0 < files.count ? files[$0] : nil }
  }

  /// Nothing: all reads are positioned.
  public func read(_ parts: [UnsafeMutableRawBufferPointer]) throws(SealiftError) -> Int { 0 }

  /// Nothing: all reads are positioned.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealiftError) -> Int { 0 }

  /// The byte of the bundle, and of the volume that holds it.
  public func place(of offset: Int) -> String {
    let volume = offset / cut.volumeBytes
    guard volume < files.count, let file = files[volume] else { return "byte \(offset)" }
    return "byte \(offset) (byte \(offset % cut.volumeBytes) of \(FileSystem.name(of: file.path)))"
  }

  /// To look for what follows, where no list says that nothing does.
  public var adviceWhenCut: String {
    let last = FileSystem.name(of: files.last??.path ?? path)
    return list == nil
      ? "bring the volumes behind \(last) if there are some, or copy that one again: it was cut"
      : "copy \(last) again: it was cut"
  }

  /// Whether it is one of the volumes.
  public func hasName(_ path: String) throws(SealiftError) -> Bool {
    for file in files { if try file?.hasName(path) == true { return true } }
    return false
  }

  /// Refuses volumes whose list tells of another bundle.
  public func check(id: Digest) throws(SealiftError) {
    guard let list, list.bundle != id else { return }
    throw .otherBundle(path + VolumeList.suffix, list, id)
  }
}
