public import Diagnostics

/// How many bytes a volume may have on the media that people use: less than a full medium, so that its file system, the
/// volume list and a label find room there too.
///
/// Source: `formats/volumes-v1.md`, "Sizes".
public enum VolumeSize {
  /// The least and the greatest size of a volume.
  public static let range = (4 << 10)...(1 << 48)

  /// The sizes that have a name, in ascending order.
  public static let named: [(name: String, bytes: Int)] = [
    ("cd", 700 << 20), ("fat32", (4 << 30) - (16 << 20)), ("dvd", 4_476 << 20), ("dvd-dl", 8_120 << 20),
    ("bd", 23_040 << 20), ("bd-dl", 46_080 << 20), ("bd-xl", 92_160 << 20),
  ]

  /// How many volumes of a size a bundle of `bytes` bytes takes.
  public static func count(of bytes: Int, in volumeBytes: Int) -> Int {
    max(1, bytes / volumeBytes + (bytes % volumeBytes > 0 ? 1 : 0))
  }

  /// Refuses to cut a bundle into more volumes than it can have.
  ///
  /// - Throws: `usage`.
  public static func checkCount(of bytes: Int, in volumeBytes: Int) throws(SealiftError) {
    let count = count(of: bytes, in: volumeBytes)
    guard count > VolumeName.maximumCount else { return }
    throw SealiftError(
      .usage,
      "the bundle needs \(count) volumes of \(volumeBytes.asBytes), and \(VolumeName.maximumCount) is the most that "
        + "one has", nextStep: "choose a larger --volume-size")
  }
}
