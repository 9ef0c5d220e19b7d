internal import Diagnostics
internal import Digests
internal import JSON

/// All that decides the bytes of a bundle, besides what the sources hold: two runs with equal inputs can share a file.
struct PackInputs: Sendable, Equatable {
  /// The digest of the configuration file.
  var configuration: Digest?
  /// The images named on the command line.
  var images: [String]
  /// The ids of the keys.
  var keys: [String]
  /// Options that change what is packed.
  var options: [String]
  /// The time that was set from outside.
  var created: String?
  /// The versions of Sealift and libzstd.
  var versions: [String]

  /// The parts with their names, in the order in which they are compared.
  private var parts: [(name: String, values: [String])] {
    [
      ("configuration", [configuration?.description].compactMap(\.self)), ("created", [created].compactMap(\.self)),
      ("images", images), ("keys", keys), ("options", options), ("versions", versions),
    ]
  }

  /// One line of JSON.
  var line: String {
    var writer = JSONWriter()
    writer.object { writer in
      for part in parts {
        writer.member(part.name)
        writer.array(of: part.values) { $0.string($1) }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Which parts differ from those of a line that an earlier run wrote.
  func differences(from line: String) -> [String] {
    guard let value = try? JSONReader.value(Array(line.utf8), source: "journal") else { return ["format"] }
    return parts.filter { part in
      value[part.name]?.elements?.compactMap(\.text) != part.values
    }.map(\.name)
  }
}
