public import Diagnostics
public import Signing

extension FoundVolumes {
  /// Whether a volume of a list is not there.
  public func lacksVolumes(of list: VolumeList) throws(SealiftError) -> Bool {
    files.isEmpty || VolumeArrangement(self, by: list).paths.contains(nil)
  }

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
