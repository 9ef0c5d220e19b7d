internal import BundleFormat
internal import Diagnostics
internal import YAML

extension Stanza {
  /// The profiles of `profiles`, sorted, each once; none where it is absent: all profiles.
  func profiles() -> [String] {
    let names = list("profiles") { (node) throws(SealiftError) in
      let name = try node.string()
      guard BundleIndex.isProfile(name) else {
        throw node.position.error(
          "the profile '\(name.prefix(100))' is not made of up to 63 lower-case letters, digits and '-'",
          nextStep: "name it as unpack --profile shall, for example hub")
      }
      return name
    }
    return Set(names).sorted()
  }
}
