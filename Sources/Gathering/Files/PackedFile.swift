internal import BundleFormat
public import Configuration
public import Diagnostics
internal import Digests
internal import Glibc
internal import OCI
internal import SystemIO
internal import YAML

/// A file of `mirror.files` whose digest and size are known.
struct PackedFile: Sendable {
  /// Its entry of the index.
  let entry: BundleIndex.CarriedFile
  /// Its blob.
  let content: Descriptor

  init(_ request: FileRequest, _ digest: Digest, size: Int) {
    entry = BundleIndex.CarriedFile(
      digest: digest, name: request.name, profiles: request.profiles, source: request.place.description)
    content = Descriptor(mediaType: MediaType(ofFileNamed: request.name), digest: digest, size: size)
  }
}

extension MediaType {
  /// The media type of a file, by the end of its name; it decides whether the file is compressed in the bundle.
  ///
  /// Only kinds that are plain for certain are listed. Disk images often hold nothing for gigabytes. `.iso` and `.img`
  /// are not among them: those of CoreOS hold file systems that are compressed already, as `.ova` and `.gz` do.
  ///
  /// Source: freedesktop.org, shared-mime-info.
  init(ofFileNamed name: String) {
    switch name.lowercased().split(separator: ".").last {
    case "tar": self = .tar
    case "raw": self = .rawDisk
    case "qcow2": self = .qemuDisk
    case "json", "ign": self = .json
    case "txt", "yaml", "yml", "pem", "crt", "sh", "md": self = .text
    default: self = .bytes
    }
  }
}

extension [FileRequest] {
  /// What shows that a local file is another one than before, without reading it: one line for each.
  ///
  /// - Throws: `notFound`, `configuration` for a directory.
  public func localStates() throws(SealiftError) -> [String] {
    var lines: [String] = []
    for request in self {
      guard case .path(let path) = request.place else { continue }
      let status = try request.open(path).status()
      lines.append("file \(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)")
    }
    return lines
  }
}

extension FileRequest {
  /// Opens a local file.
  ///
  /// - Throws: `configuration`, with the place, for anything but a file; `notFound`.
  func open(_ path: String) throws(SealiftError) -> File {
    guard !FileSystem.isDirectory(path) else {
      throw position.error(
        "\(path) is a directory, and each file is asked for by itself",
        nextStep: "write an entry for each file, or pack the directory into a tar file and name that")
    }
    do throws(SealiftError) { return try File(regular: path, followingLinks: true) } catch {
      guard error.code == .corrupt || error.code == .notFound else { throw error }
      let code: SealiftError.Code = error.code == .corrupt ? .configuration : error.code
      throw SealiftError(code, "\(position.description): \(error.problem)", nextStep: "correct its path")
    }
  }
}
