internal import BundleFormat
internal import JSON

extension DamagedVolume {
  /// What a person does about it.
  var line: String { "\(counted(chunks, "chunk")) of \(name): replace it" }

  var json: JSONValue { .object([.init("chunks", .integer(chunks)), .init("name", .string(name))]) }
}
