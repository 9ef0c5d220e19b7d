internal import Content
internal import Digests
internal import Gathering
internal import JSON
internal import Zstd

/// All that decides the bytes of a bundle, besides what the sources hold: two runs with equal inputs can share a file.
struct PackInputs: Sendable, Equatable {
  /// What people are told of inputs that differ, in the order in which they are compared.
  enum Part: String, CaseIterable, Sendable {
    case bases, configuration, created, images, keys, options, versions
  }

  /// What a run finds on this machine, of what it was asked for.
  struct Found: Sendable {
    /// The digest of the configuration file.
    var configuration: Digest?
    /// What the update rests on.
    var bases: [String] = []
    /// The ids of the keys.
    var keys: [String] = []
    /// What the configuration names, and the programs that take part: each with what tells it from another.
    var content: [String] = []
  }

  private let values: [Part: [String]]

  /// - Parameters:
  ///   - options: What the run was asked for; `PackInputsTests` lists the options of the command that are left out here.
  ///   - found: What it has found.
  init(_ options: PackOptions, _ found: Found) {
    values = Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, Self.values(of: $0, options, found)) })
  }

  /// Reads a line that an earlier run has written; `nil` for what is none.
  init?(line: String) {
    guard let value = try? JSONReader.value(Array(line.utf8), source: "journal") else { return nil }
    let parts = Part.allCases.compactMap { part in
      value[part.rawValue]?.elements.map { (part, $0.compactMap(\.text)) }
    }
    values = Dictionary(uniqueKeysWithValues: parts)
  }

  private static func values(of part: Part, _ options: PackOptions, _ found: Found) -> [String] {
    switch part {
    case .bases: found.bases
    case .configuration: [found.configuration?.description].compactMap(\.self)
    case .created: [options.created.map(Timestamp.text)].compactMap(\.self)
    case .images: options.images
    case .keys: found.keys
    case .options:
      [
        "referrers \(options.withReferrers)", "skip-foreign-layers \(options.skipForeignLayers)",
        "keep-going \(options.keepsGoing)", "volume-size \(options.volumeBytes ?? 0)",
      ] + options.releases.inputs(options.registry.environment) + options.catalogs.inputs + found.content
    case .versions: [Version.current, ZstdCompressor.libraryVersion]
    }
  }

  /// One line of JSON.
  var line: String {
    var writer = JSONWriter()
    writer.object { writer in
      for part in Part.allCases {
        writer.member(part.rawValue)
        writer.array(of: values[part] ?? []) { $0.string($1) }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Which parts differ from those of another run.
  func differences(from other: PackInputs) -> [Part] { Part.allCases.filter { values[$0] != other.values[$0] } }
}
