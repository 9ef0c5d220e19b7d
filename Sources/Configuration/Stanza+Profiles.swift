internal import Diagnostics
internal import YAML

extension Stanza {
  /// The profiles of `profiles`, sorted, each once; none where it is absent: all profiles.
  func profiles() throws(SealiftError) -> [String] {
    let names = try list("profiles") { (node) throws(SealiftError) in
      let name = try node.string()
      guard isLabel(name) else {
        throw node.position.error(
          "the profile '\(name.prefix(100))' is not made of up to 63 lower-case letters, digits and '-'",
          nextStep: "name it as unpack --profile shall, for example hub")
      }
      return name
    }
    return Set(names).sorted()
  }

  /// Source: RFC 1123, section 2.1; a label of a host's name.
  private func isLabel(_ text: String) -> Bool {
    guard (1...63).contains(text.utf8.count), text.utf8.first != hyphen, text.utf8.last != hyphen else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen: true
      default: false
      }
    }
  }
}

private let hyphen = UInt8(ascii: "-")
