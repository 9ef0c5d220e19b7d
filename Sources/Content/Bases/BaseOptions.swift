public import Diagnostics
internal import Volumes

/// What `pack` counts on at the target, and whom it believes in that.
public struct BaseOptions: Sendable {
  /// The paths of bundles, of their saved heads, and of receipts.
  public var paths: [String] = []
  /// The paths of public keys whose signatures on them count.
  public var trust: [String] = []
  /// Whether one that nobody trusted has signed is believed too.
  public var allowUnsigned = false
  /// Whether a blob is left out only where every target has it; else it is enough that one base brings it.
  public var isForAll = false

  /// Counts on nothing.
  public init() {}

  /// Refuses to count on what is about to be replaced.
  ///
  /// - Throws: `usage`.
  public func requireNone(at output: String) throws(SealiftError) {
    for path in paths {
      guard try VolumeSearch.find([path]).isReplaced(by: output) else { continue }
      throw SealiftError(
        .usage, "--since \(path) is the very bundle that the update would be written to",
        nextStep: "name another file with -o: whoever lacks the first bundle needs it still")
    }
  }
}
