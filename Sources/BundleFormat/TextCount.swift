internal import Diagnostics
internal import JSON

/// Counts the texts and digests in lists that any number of elements can have, and reads such lists.
struct TextCount {
  private var count = 0

  /// Reads a list of texts.
  mutating func list(_ reader: inout JSONReader, limit: Int = .max) throws(SealiftError) -> [String] {
    try list(&reader, limit: limit) { (reader, _) throws(SealiftError) in try reader.string() }
  }

  /// Reads a list of what has one text each, or counts those beyond the first itself.
  mutating func list<Element>(
    _ reader: inout JSONReader, limit: Int = .max,
    _ element: (inout JSONReader, inout TextCount) throws(SealiftError) -> Element
  ) throws(SealiftError) -> [Element] {
    try reader.list(limit: limit) { (reader) throws(SealiftError) in
      try count(in: reader)
      return try element(&reader, &self)
    }
  }

  /// Counts one more.
  mutating func count(in reader: JSONReader) throws(SealiftError) {
    count += 1
    guard count <= BundleIndex.maximumTexts else {
      throw reader.failure("its lists have more than \(BundleIndex.maximumTexts) texts")
    }
  }
}
