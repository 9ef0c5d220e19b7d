public import Diagnostics
public import Digests
public import JSON

/// The files that `unpack --files` leaves in a directory.
public struct UnpackedFiles: Sendable {
  /// One file.
  public struct File: Sendable {
    /// Its name in the directory.
    public let name: String
    /// The digest of its content.
    public let digest: Digest
    /// Its size in bytes.
    public let size: Int
    /// Whether it was written, or was there already.
    public let outcome: Event.Outcome
  }

  /// The directory.
  public let directory: String
  /// Those that are there, or would be, ascending by name.
  public let files: [File]

  /// How many ended so, and their bytes.
  public func files(_ outcome: Event.Outcome) -> (count: Int, bytes: Int) {
    let chosen = files.filter { $0.outcome == outcome }
    return (chosen.count, chosen.reduce(0) { $0 + $1.size })
  }

  /// The list as JSON, in a fixed order.
  public var json: JSONValue {
    .object([
      .init("directory", .string(directory)),
      .init(
        "files",
        .array(
          files.map { file in
            .object([
              .init("digest", .string(file.digest.description)), .init("name", .string(file.name)),
              .init("outcome", .string(file.outcome.rawValue)), .init("size", .integer(file.size)),
            ])
          })),
    ])
  }
}
