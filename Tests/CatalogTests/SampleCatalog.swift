import Diagnostics

@testable import Catalog

/// Catalogs built in code.
enum SampleCatalog {
  /// One entry of a channel: `name`, `name>replaced`, and `!skipped` for each one skipped.
  static func channel(_ name: String, of package: String = "foo", _ entries: [String]) -> String {
    let list = entries.map { entry in
      let skips = entry.split(separator: "!")
      let names = skips[0].split(separator: ">")
      let replaces = names.count > 1 ? #","replaces":"\#(names[1])""# : ""
      let skipped = skips.dropFirst().map { "\"\($0)\"" }.joined(separator: ",")
      return #"{"name":"\#(names[0])"\#(replaces)\#(skipped.isEmpty ? "" : ",\"skips\":[\(skipped)]")}"#
    }
    return
      #"{"schema":"olm.channel","package":"\#(package)","name":"\#(name)","entries":[\#(list.joined(separator: ","))]}"#
  }

  static func package(_ name: String = "foo", defaultChannel: String = "stable") -> String {
    #"{"schema":"olm.package","name":"\#(name)","defaultChannel":"\#(defaultChannel)"}"#
  }

  /// A bundle named `PACKAGE.vVERSION`.
  static func bundle(
    _ version: String, of package: String = "foo", properties: [String] = [], relatedImages: String? = nil
  ) -> String {
    let versionProperty = #"{"type":"olm.package","value":{"packageName":"\#(package)","version":"\#(version)"}}"#
    let image = "registry.example/\(package)/bundle:v\(version)".replacing("+", with: "_")
    let related = relatedImages ?? #"[{"name":"","image":"\#(image)"}]"#
    return #"{"schema":"olm.bundle","package":"\#(package)","name":"\#(package).v\#(version)","image":"\#(image)","#
      + #""properties":[\#(([versionProperty] + properties).joined(separator: ","))],"relatedImages":\#(related)}"#
  }

  /// A package with one channel in which each version replaces the one before.
  static func chain(_ versions: [String], of package: String = "foo", channel name: String = "stable") -> [String] {
    let entries = versions.enumerated().map { place, version in
      "\(package).v\(version)" + (place > 0 ? ">\(package).v\(versions[place - 1])" : "")
    }
    return [self.package(package, defaultChannel: name), channel(name, of: package, entries)]
      + versions.map { bundle($0, of: package) }
  }

  static func read(
    _ documents: [String], keeping: CatalogReader.Keeping = .everything
  ) throws(SealiftError) -> Catalog {
    try read(files: ["catalog.json": documents.joined(separator: "\n")], keeping: keeping)
  }

  /// Reads files in pieces of some size.
  static func read(
    files: [String: String], keeping: CatalogReader.Keeping = .everything, pieces: Int = .max
  ) throws(SealiftError) -> Catalog {
    let reader = CatalogReader(keeping: keeping)
    for (path, text) in files {
      let bytes = Array(text.utf8)
      reader.file(path)
      var start = 0
      while start < bytes.count {
        let end = bytes.count - start > pieces ? start + pieces : bytes.count
        reader.take(bytes.span.extracting(start..<end).bytes)
        start = end
      }
      reader.end()
    }
    return try reader.catalog()
  }
}
