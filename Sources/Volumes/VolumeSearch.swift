public import BundleFormat
public import Diagnostics
internal import SystemIO

/// What a user names when a command asks for a bundle.
public enum VolumeSearch {
  /// What was found.
  public enum Finding: Sendable {
    /// One file, or standard input.
    case file(String)
    /// Volumes, perhaps not all.
    case volumes(FoundVolumes)
  }

  /// Looks for a bundle.
  ///
  /// - Parameter paths: A bundle's file, or its name with the volumes beside it; or any number of volumes and directories
  ///   that hold some.
  /// - Throws: `usage` for what does not belong together; `notFound`.
  public static func find(_ paths: [String]) throws(SealiftError) -> Finding {
    if paths == ["-"] { return .file("-") }
    var found: FoundVolumes?
    for path in paths {
      let more = try one(path)
      found = try found.map { (first) throws(SealiftError) in try first.with(more) } ?? more
    }
    guard let found else { throw SealiftError(.usage, "no bundle is named", nextStep: "name the bundle's file") }
    guard let whole = found.whole else { return .volumes(found) }
    if let volume = found.files.min(by: { $0.key < $1.key })?.value[0] {
      throw SealiftError(
        .usage, "\(whole) and \(volume) are both there, and could be two bundles",
        nextStep: "name one of the volumes' directory alone, or move one of the two elsewhere")
    }
    return found.parity.isEmpty ? .file(whole) : .volumes(found)
  }

  /// Refuses a name that a bundle cannot be found by later.
  ///
  /// - Parameter path: Where the bundle is to be written, in one file or in volumes.
  /// - Throws: `usage`.
  public static func checkName(of path: String) throws(SealiftError) {
    let isTaken = VolumeName(path: path) != nil || ParityName(path: path) != nil
    guard isTaken || path.hasSuffix(VolumeList.suffix) else { return }
    throw SealiftError(
      .usage, "\(path) ends as the name of a volume or of a list of volumes does, and would be taken for one",
      nextStep: "choose another name with -o, such as NAME.tar.zst")
  }

  private static func one(_ path: String) throws(SealiftError) -> FoundVolumes {
    if FileSystem.isDirectory(path) { return try FoundVolumes(in: FileSystem.withoutTrailingSlashes(path)) }
    if path.hasSuffix(VolumeList.suffix) {
      return try FoundVolumes(named: String(path.dropLast(VolumeList.suffix.count)))
    }
    guard FileSystem.exists(path) else {
      let found = try FoundVolumes(named: path)
      // The system's own words, for what is not there.
      if found.files.isEmpty { _ = try File(path, .read) }
      return found
    }
    let directory = FileSystem.parent(of: path)
    if let name = ParityName(path: path) {
      var found = try FoundVolumes(named: "\(directory)/\(name.bundle)")
      found.parity = [name.number: [path]]
      return found
    }
    if let name = VolumeName(path: path) {
      var found = try FoundVolumes(named: "\(directory)/\(name.bundle)")
      found.files = [name.number: [path]]
      return found
    }
    var found = try FoundVolumes(named: path)
    found.whole = path
    return found
  }
}

/// Volumes of one bundle, and what lies beside them: by their names, which prove nothing.
public struct FoundVolumes: Sendable {
  /// The bundle's name, without a directory.
  public let bundle: String
  /// The directories to look in, as the user named them.
  public internal(set) var directories: [String]
  /// The volumes, by the number in their names.
  public internal(set) var files: [Int: [String]] = [:]
  /// The parity volumes, by the number in their names.
  public internal(set) var parity: [Int: [String]] = [:]
  /// The bundle, if it is one file.
  public internal(set) var whole: String?

  /// The bundle's path as it would be as one file, for messages and for what is put beside it.
  public var path: String { directories[0] == "." ? bundle : "\(directories[0])/\(bundle)" }

  /// Looks for the volumes of a bundle beside its name.
  init(named path: String) throws(SealiftError) {
    bundle = FileSystem.name(of: path)
    directories = [FileSystem.parent(of: path)]
    // Who may open a file may not always list its directory.
    for name in (try? FileSystem.list(directories[0])) ?? [] { take(name, in: directories[0]) }
  }

  /// Looks for volumes in a directory, which holds those of one bundle.
  init(in directory: String) throws(SealiftError) {
    let names = try FileSystem.list(directory)
    let volumes = names.compactMap { VolumeName(path: $0)?.bundle }.filter { !$0.hasSuffix(".partial") }
    let parity = names.compactMap { ParityName(path: $0)?.bundle }
    let lists = names.filter { $0.hasSuffix(VolumeList.suffix) }.map { String($0.dropLast(VolumeList.suffix.count)) }
    let bundles = Set(volumes + parity + lists).sorted()
    guard let first = bundles.first else {
      throw SealiftError(
        .notFound, "\(directory) holds no volumes: there is no NAME.tar.zst.001 or the like",
        nextStep: "name the directory that holds them, or the bundle's file")
    }
    guard bundles.count == 1 else {
      throw SealiftError(
        .usage, "\(directory) holds volumes of several bundles: \(bundles.joined(separator: ", "))",
        nextStep: "name one of them: \(directory)/\(first)")
    }
    bundle = first
    directories = [directory]
    for name in names { take(name, in: directory) }
    if files.isEmpty, try FileSystem.isRegularFile(path) { whole = path }
  }

  private mutating func take(_ name: String, in directory: String) {
    let path = directory == "." ? name : "\(directory)/\(name)"
    if let volume = VolumeName(path: name), volume.bundle == bundle { files[volume.number, default: []].append(path) }
    if let volume = ParityName(path: name), volume.bundle == bundle { parity[volume.number, default: []].append(path) }
  }

  /// The same with what was found elsewhere.
  func with(_ other: FoundVolumes) throws(SealiftError) -> FoundVolumes {
    guard other.bundle == bundle else {
      if let file = whole ?? other.whole {
        throw SealiftError(
          .usage, "\(file) is not a volume: the name of one ends with its number, as in NAME.tar.zst.001",
          nextStep: "name volumes and directories of one bundle, or one bundle's file alone")
      }
      throw SealiftError(
        .usage, "these are volumes of two bundles: \(path) and \(other.path)",
        nextStep: "name volumes of one bundle")
    }
    var all = self
    for directory in other.directories where !directories.contains(directory) { all.directories.append(directory) }
    all.files.merge(other.files) { first, more in first + more.filter { !first.contains($0) } }
    all.parity.merge(other.parity) { first, more in first + more.filter { !first.contains($0) } }
    all.whole = whole ?? other.whole
    return all
  }

  /// The same, looked for again in the same directories: what is there now.
  func again() throws(SealiftError) -> FoundVolumes {
    var all = self
    all.files = [:]
    for directory in directories where FileSystem.isDirectory(directory) {
      let found = try FoundVolumes(named: "\(directory)/\(bundle)")
      for (number, paths) in found.files { all.files[number, default: []] += paths }
    }
    return all
  }

  /// The paths of the lists that lie in the directories.
  public var lists: [String] {
    directories.map { "\($0)/\(bundle)\(VolumeList.suffix)" }.filter { FileSystem.exists($0) }
  }

  /// The signatures of the index that lie in the directories.
  public func signatures() throws(SealiftError) -> [SignatureBeside] {
    var found: [SignatureBeside] = []
    for directory in directories where FileSystem.isDirectory(directory) {
      found += try SignatureBeside.all(of: "\(directory)/\(bundle)")
    }
    return found
  }
}
