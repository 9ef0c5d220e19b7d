public import Diagnostics
internal import BundleFormat
internal import SystemIO

/// All that belongs to a bundle in volumes, of the files beside its name: the volumes, the list, signatures and labels.
public struct VolumeFiles: Sendable {
  fileprivate let paths: [String]

  /// The first volume.
  public let first: String?

  /// Looks for them.
  ///
  /// - Parameter path: The path of the bundle, as if it were one file.
  public init(of path: String) throws(SealiftError) {
    let directory = FileSystem.parent(of: path)
    let bundle = FileSystem.name(of: path)
    var volumes: [String] = []
    var others: [String] = []
    let names = FileSystem.isDirectory(directory) ? try FileSystem.list(directory) : []
    for name in names where name.hasPrefix(bundle + ".") {
      let file = path.dropLast(bundle.count) + name
      if VolumeName(path: name)?.bundle == bundle {
        volumes.append(String(file))
      } else if ParityName(path: name)?.bundle == bundle || name == bundle + VolumeList.suffix
        || name.hasPrefix(bundle + VolumeList.suffix + ".")
        || VolumeLabel.isName(name, of: bundle) || SignatureBeside.isName(name, of: bundle)
      {
        others.append(String(file))
      }
    }
    first = volumes.first
    // The list goes first: volumes that it does not tell of are never beside it.
    paths = others + volumes
  }

  /// Removes them.
  public func remove() throws(SealiftError) { for path in paths { try FileSystem.remove(path) } }
}

extension VolumeSearch.Finding {
  /// Whether a new bundle would take the place of what was found, or of a part of it.
  ///
  /// - Parameter bundle: The path of the new bundle.
  public func isReplaced(by bundle: String) throws(SealiftError) -> Bool {
    let found =
      switch self {
      case .file(let path): [path]
      case .volumes(let volumes): volumes.files.values.flatMap(\.self)
      }
    let replaced = [bundle] + (try VolumeFiles(of: bundle).paths)
    for path in found {
      let file = try File(path, .read)
      for name in replaced where try file.hasName(name) { return true }
    }
    return false
  }
}
