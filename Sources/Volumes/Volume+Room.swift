public import Diagnostics
public import SystemIO

extension Volume {
  /// Checks that files can grow to `size` bytes.
  ///
  /// - Parameters:
  ///   - what: What is written, for the message.
  ///   - path: The file, for the message.
  ///   - present: The bytes that are taken already.
  ///   - largestFile: The size of the largest of them, if there are several.
  ///   - advice: What else can be done than to free some space.
  /// - Throws: `storage`, with the numbers.
  public func checkRoom(
    for size: Int, _ what: String = "the bundle", at path: String, present: Int, largestFile: Int? = nil,
    advice: String = "choose another file system with -o, or pack less"
  ) throws(SealiftError) {
    let largestFile = largestFile ?? size
    if isFAT, largestFile > Self.largestFileOnFAT {
      throw SealiftError(
        .storage,
        "\(what) needs \(largestFile.asBytes) (\(largestFile) bytes) in one file, and \(path) is on FAT, where a file "
          + "holds 4 GiB",
        nextStep: "write it into volumes with --volume-size fat32, or format the medium with exFAT or ext4")
    }
    let missing = size - present - freeBytes
    if missing > 0 {
      throw SealiftError(
        .storage,
        "\(what) needs \(size.asBytes) (\(size) bytes), and the file system of \(path) has "
          + "\(freeBytes.asBytes) free: \(missing.asBytes) are missing",
        nextStep: "free some space, \(advice)")
    }
  }
}
