public import Diagnostics
internal import Digests
internal import SystemIO

/// What a person tapes to the medium of a volume: one page of plain text.
public enum VolumeLabel {
  private static let suffix = ".label.txt"

  /// Whether a file's name is that of a label of a bundle's volumes.
  static func isName(_ name: String, of bundle: String) -> Bool {
    name.hasSuffix(suffix) && VolumeName(path: String(name.dropLast(suffix.count)))?.bundle == bundle
  }

  /// Writes the label of each volume beside it.
  ///
  /// - Parameters:
  ///   - bundle: The path of the bundle.
  ///   - created: When the bundle was planned.
  public static func write(_ list: VolumeList, beside bundle: String, created: String) throws(SealiftError) {
    for number in list.entries.indices {
      let path = "\(FileSystem.parent(of: bundle))/\(list.entries[number].name)\(suffix)"
      try FileSystem.write(Array(text(list, number, created: created).utf8), to: path)
    }
  }

  /// The text of a volume's label.
  ///
  /// - Parameter number: The volume, from 0 on.
  public static func text(_ list: VolumeList, _ number: Int, created: String) -> String {
    let entry = list.entries[number]
    let name = VolumeName(path: entry.name)?.bundle ?? entry.name
    let others = list.entries.count == 1 ? "It is the only one." : "All \(list.entries.count) are needed."
    return """
      \(entry.name)

      volume    \(number + 1) of \(list.entries.count)
      size      \(entry.size) bytes (\(entry.size.asBytes))
      packed    \(created)

      SHA-256 of this volume
      \(groups(entry.digest.hex))

      bundle
      \(groups(list.bundle.hex))

      This is a part of a Sealift bundle. \(others)

      To check this volume alone, with the list \(name)\(VolumeList.suffix) beside it:
          sealift verify --volume \(entry.name) --trust KEY.pub
          sha256sum \(entry.name)

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
