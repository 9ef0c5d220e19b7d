internal import Content
internal import Diagnostics
internal import JSON

/// What an update rests on, for people and for scripts.
extension BundleContents.Base {
  /// A line for the base.
  var line: String { "\(name) of \(created), \(id): \(counted(blobs, "blob")), \(bytes.asBytes)" }

  /// It as JSON, in a fixed order.
  var value: JSONValue {
    .object([
      .init("blobs", .integer(blobs)), .init("bytes", .integer(bytes)), .init("created", .string(created)),
      .init("id", .string(id)), .init("name", .string(name)),
    ])
  }
}

extension BaseCoverage {
  /// Adds the lines on what the bundles at hand have.
  func add(to facts: inout Facts) {
    facts.add("at hand", "\(counted(blobs, "held blob")), \(bytes.asBytes)" + (missing.isEmpty ? ", all of them" : ""))
    facts.add(
      "not at hand",
      missing.map { "\(counted($0.blobs, "blob")), \($0.bytes.asBytes), that \($0.name) (\($0.id)) brings" })
  }

  /// It as JSON, in a fixed order.
  var json: JSONValue {
    .object([
      .init("blobs", .integer(blobs)), .init("bytes", .integer(bytes)),
      .init("missing", .array(missing.map(\.value))),
    ])
  }
}

extension TargetShare {
  /// A line for the target.
  var line: String { "\(target): it lacks \(counted(blobs, "blob")), \(bytes.asBytes)" }

  /// It as JSON, in a fixed order.
  var value: JSONValue {
    .object([.init("blobs", .integer(blobs)), .init("bytes", .integer(bytes)), .init("target", .string(target))])
  }
}

extension Vanished {
  // A person reads no more of them; `--json` has all.
  private static let shown = 8

  /// A line for what vanished, and one with the command that would remove it.
  var lines: [String] {
    let more = names.count > Self.shown ? " and \(names.count - Self.shown) more" : ""
    return [
      "\(names.prefix(Self.shown).joined(separator: ", "))\(more): in \(base), and not packed any more",
      "  to remove it at the target, name it in a DeleteImageSetConfiguration FILE, and run: "
        + "sealift delete --generate LIST -c FILE --bundle \(base) --keep BUNDLE --trust PUB TARGET",
    ]
  }

  /// It as JSON, in a fixed order.
  var value: JSONValue { .object([.init("base", .string(base)), .init("names", .strings(names))]) }
}
