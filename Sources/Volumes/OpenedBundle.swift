public import BundleFormat
public import Diagnostics
public import Signing
internal import SystemIO

/// Opens what the user names as a bundle: a file, a pipe, volumes that are all there, or one after the other.
///
/// - Parameters:
///   - paths: What the user names.
///   - policy: Whose list of volumes counts; asked for only where there may be one.
///   - prompt: Asks for volumes that are not there; `nil` where nobody can be asked.
///   - warn: Takes what the user should know.
/// - Throws: `notFound` or `corrupt`, naming every volume that is missing, short or foreign, before anything is read.
public func openBundle(
  _ paths: [String], _ policy: () throws(SealiftError) -> TrustPolicy, asking prompt: (any VolumePrompt)? = nil,
  warn: (String) -> Void
) throws(SealiftError) -> any BundleMedium {
  switch try VolumeSearch.find(paths) {
  case .file(let path): return try File.input(path)
  case .volumes(let found):
    let list = try found.list(policy(), warn: warn)
    if let prompt, let list, found.files.isEmpty || VolumeArrangement(found, by: list).paths.contains(nil) {
      return try AskedVolumes(found, list, prompt)
    }
    return try VolumeSet(found, list)
  }
}

extension FoundVolumes {
  /// The list of the volumes that a policy takes; one that it does not take counts as none.
  public func list(_ policy: TrustPolicy, warn: (String) -> Void) throws(SealiftError) -> VolumeList? {
    var taken: (path: String, list: VolumeList)?
    for path in lists {
      do throws(SealiftError) {
        let list = try VolumeListFile(path).verify(policy)
        if let taken, taken.list != list {
          throw SealiftError(
            .usage, "\(taken.path) and \(path) are two lists, and differ", nextStep: "name volumes of one set")
        }
        taken = taken ?? (path, list)
      } catch  where error.code == .untrusted {
        warn("\(path) is not signed by a trusted key, and is not used: the volumes go by their names")
      }
    }
    return taken?.list
  }
}
