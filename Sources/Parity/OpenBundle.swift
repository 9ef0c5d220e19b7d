public import BundleFormat
public import Diagnostics
public import Signing
internal import SystemIO
public import Volumes

/// Opens what the user names as a bundle: a file, a pipe, volumes that are all there, or whose parity makes up for those
/// that are not, or one after the other.
///
/// - Parameters:
///   - paths: What the user names.
///   - policy: Whose list of volumes counts; asked for only where there may be one.
///   - prompt: Asks for volumes that are not there; `nil` where nobody can be asked.
///   - warn: Takes what the user should know.
/// - Throws: `notFound`, `corrupt` or `beyondRepair`, naming every volume that is missing, short or foreign, before
///   anything is read.
public func openBundle(
  _ paths: [String], _ policy: () throws(SealiftError) -> TrustPolicy, asking prompt: (any VolumePrompt)? = nil,
  warn: (String) -> Void
) throws(SealiftError) -> any BundleMedium {
  switch try VolumeSearch.find(paths) {
  case .file(let path): return try File.input(path)
  case .volumes(let found):
    let list = try found.whole == nil ? found.list(policy(), warn: warn) : nil
    if let bundle = try ProtectedBundle(found, list, mayAsk: prompt != nil, warn: warn) { return bundle }
    if let whole = found.whole { return try File.input(whole) }
    if let prompt, let list, try found.lacksVolumes(of: list) { return try AskedVolumes(found, list, prompt) }
    return try VolumeSet(found, list)
  }
}
