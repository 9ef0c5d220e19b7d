internal import Diagnostics
internal import Digests
internal import SystemIO

/// What a person tapes to the medium of a volume: one page of plain text.
public enum VolumeLabel {
  private static let suffix = ".label.txt"

  /// Whether a file's name is that of a label of a bundle's volumes.
  static func isName(_ name: String, of bundle: String) -> Bool {
    guard name.hasSuffix(suffix) else { return false }
    let volume = String(name.dropLast(suffix.count))
    return (VolumeName(path: volume)?.bundle ?? ParityName(path: volume)?.bundle) == bundle
  }

  /// Writes the label of each volume beside it.
  ///
  /// - Parameters:
  ///   - bundle: The path of the bundle.
  ///   - created: When the bundle was planned.
  ///   - parity: The paths of its parity volumes.
  ///   - losable: How many volumes these make up for.
  public static func write(
    _ list: VolumeList, beside bundle: String, created: String, parity: [String] = [], losable: Int = 0
  ) throws {
    for number in list.entries.indices {
      let path = "\(FileSystem.parent(of: bundle))/\(list.entries[number].name)\(suffix)"
      try FileSystem.write(Array(text(list, number, created: created, losable: losable).utf8), to: path)
    }
    for (number, path) in parity.enumerated() {
      let (size, digest) = try File(regular: path).hash { _ in }
      let purpose =
        "This is parity of a Sealift bundle in \(list.entries.count) volumes: it helps to make up for damage, and for\n"
        + "any \(losable == 1 ? "one volume that is" : "\(losable) volumes that are") lost."
      let page = text(
        FileSystem.name(of: path), "parity    \(number + 1) of \(parity.count)", size: size, digest, list.bundle,
        created: created, purpose + "\n\nTo check it:\n    sha256sum \(FileSystem.name(of: path))")
      try FileSystem.write(Array(page.utf8), to: path + suffix)
    }
  }

  /// The text of a volume's label.
  ///
  /// - Parameters:
  ///   - number: The volume, from 0 on.
  ///   - losable: How many volumes its parity makes up for.
  public static func text(_ list: VolumeList, _ number: Int, created: String, losable: Int = 0) -> String {
    let entry = list.entries[number]
    let count = list.entries.count
    let name = VolumeName(path: entry.name)?.bundle ?? entry.name
    let others = count == 1 ? "It is the only one." : "All \(count) are needed."
    let lost = losable == 1 ? "one that is lost" : "\(losable) that are lost"
    let parity = losable > 0 ? "\nIts parity makes up for any \(lost)." : ""
    let check = """
      To check this volume alone, with the list \(name)\(VolumeList.suffix) beside it:
          sealift verify --volume \(entry.name) --trust KEY.pub
          sha256sum \(entry.name)
      """
    return text(
      entry.name, "volume    \(number + 1) of \(count)", size: entry.size, entry.digest, list.bundle, created: created,
      "This is a part of a Sealift bundle. \(others)\(parity)\n\n\(check)")
  }

  private static func text(
    _ name: String, _ place: String, size: Int, _ digest: Digest, _ bundle: Digest, created: String, _ purpose: String
  ) -> String {
    """
    \(name)

    \(place)
    size      \(size) bytes (\(size.asBytes))
    packed    \(created)

    SHA-256 of this volume
    \(groups(digest.hex))

    bundle
    \(groups(bundle.hex))

    \(purpose)

    To unpack, name the directories in which the volumes are:
        sealift unpack DIRECTORY... REGISTRY --trust KEY.pub
    With one drive, add --ask: it asks for one medium after the other.

    """
  }

  /// Digits in groups of eight, four groups to a line, as people compare them.
  private static func groups(_ hex: String) -> String {
    var lines: [String] = []
    var rest = hex[...]
    while !rest.isEmpty {
      var line: [String] = []
      for _ in 0..<4 where !rest.isEmpty {
        line.append(String(rest.prefix(8)))
        rest = rest.dropFirst(8)
      }
      lines.append("    " + line.joined(separator: " "))
    }
    return lines.joined(separator: "\n")
  }
}
