internal import Content
internal import Diagnostics
internal import JSON

/// What a bundle holds, for people and for scripts: the same for a plan and for an inspection.
extension BundleContents {
  /// Adds the lines on images, releases, files and manifests.
  func add(to facts: inout Facts) {
    facts.add("content", "\(counted(images.count, "image")), \(counted(blobs, "blob")), \(blobBytes.asBytes)")
    if !bases.isEmpty {
      let new = images.count { $0.share.map { $0.new > 0 } ?? false }
      facts.add(
        "new", "\(counted(behindHead.blobs, "layer")), \(behindHead.bytes.asBytes), of \(counted(new, "image"))")
      facts.add("held", "\(counted(held.blobs, "layer")), \(held.bytes.asBytes), which the target must have")
      facts.add("rests on", bases.map(\.line))
    }
    facts.add("releases", releases.map(\.line))
    facts.add("catalogs", catalogs.flatMap(\.lines))
    facts.add("files", files.map(\.line))
    if !profiles.isEmpty { facts.add("profiles", profiles.joined(separator: ", ")) }
    facts.add("manifests", templateLines)
    facts.add("ATTENTION", powerLines)
    if !tools.isEmpty {
      let bytes = tools.reduce(0) { $0 + $1.size }
      facts.add("beside it", "\(counted(tools.count, "file")) of sealift itself, \(bytes.asBytes), in NAME.sealift")
    }
  }

  /// The members of a JSON document.
  var members: [JSONValue.Member] {
    [
      .init("bases", .array(bases.map(\.value))), .init("blobBytes", .integer(blobBytes)),
      .init("blobs", .integer(blobs)), .init("bundle", .string(id)),
      .init("catalogs", .array(catalogs.map(\.value))), .init("files", .array(files.map(\.value))),
      .init("held", .object([.init("blobs", .integer(held.blobs)), .init("bytes", .integer(held.bytes))])),
      .init("images", ImageTable.json(images)), .init("manifests", .array(templates.map(\.value))),
      .init("profiles", .strings(profiles)), .init("releases", .array(releases.map(\.value))),
      .init("tools", .array(tools.map(\.value))),
    ]
  }

  /// A line for what the packer has made of each kind, and one for each object that it was given.
  private var templateLines: [String] {
    Dictionary(grouping: templates, by: \.kind).sorted { $0.key < $1.key }.flatMap { kind, templates in
      let own = templates.filter { $0.source == nil }.map(\.fullName)
      return (own.isEmpty ? [] : ["\(kind): \(own.joined(separator: ", "))"])
        + templates.compactMap { template in
          template.source.map { "\(kind): \(template.fullName)\(template.profiles.asAudience), from \($0)" }
        }
    }
  }

  /// A line for each object that its kind makes worth a look, with how to look.
  private var powerLines: [String] {
    templates.compactMap { template in
      template.grants.map { "\(template.kind) \(template.fullName) \($0): inspect --show \(template.path)" }
    }
  }
}

extension [String] {
  /// For profiles: whom something is for; nothing to say if it is for all.
  fileprivate var asAudience: String { isEmpty ? "" : ", for \(joined(separator: " and "))" }
}

extension BundleContents.File {
  fileprivate var line: String { "\(name), \(size.asBytes)\(profiles.asAudience), \(digest), from \(source)" }

  fileprivate var value: JSONValue {
    .object([
      .init("digest", .string(digest)), .init("name", .string(name)), .init("profiles", .strings(profiles)),
      .init("size", .integer(size)), .init("source", .string(source)),
    ])
  }
}

extension BundleContents.Tool {
  fileprivate var value: JSONValue {
    .object([.init("digest", .string(digest)), .init("path", .string(path)), .init("size", .integer(size))])
  }
}

extension BundleContents.Release {
  fileprivate var line: String {
    let proof =
      signers.isEmpty
      ? "packed unsigned, by permission" : "signed by \(signers.joined(separator: ", ")), as proven at packing"
    return "\(version) \(architecture) \(digest), \(proof)"
  }

  fileprivate var value: JSONValue {
    .object([
      .init("architecture", .string(architecture)), .init("digest", .string(digest)),
      .init("signers", .strings(signers)), .init("source", .string(source)), .init("version", .string(version)),
    ])
  }
}

extension BundleContents.Catalog {
  /// A line for the catalog, then one for each package.
  fileprivate var lines: [String] {
    let state = isPruned ? "pruned" : "as published"
    return ["\(source) \(digest), \(state), \(counted(packages.count, "package"))"]
      + packages.map { package in
        let channels = package.channels.map { $0 == package.defaultChannel ? "\($0) (default)" : $0 }
        return
          "  \(package.name): \(channels.joined(separator: ", ")); \(counted(package.operatorBundles.count, "bundle"))"
      }
  }

  fileprivate var value: JSONValue {
    .object([
      .init("digest", .string(digest)), .init("packages", .array(packages.map(\.value))),
      .init("pruned", .boolean(isPruned)), .init("source", .string(source)),
    ])
  }
}

extension BundleContents.Catalog.Package {
  fileprivate var value: JSONValue {
    .object([
      .init("bundles", .strings(operatorBundles)), .init("channels", .strings(channels)),
      .init("defaultChannel", .string(defaultChannel)), .init("name", .string(name)),
    ])
  }
}

extension BundleContents.Template {
  fileprivate var fullName: String { namespace.map { "\($0)/\(name)" } ?? name }

  fileprivate var value: JSONValue {
    .object([
      .init("grants", grants.map { .string($0) } ?? .null), .init("kind", .string(kind)), .init("name", .string(name)),
      .init("namespace", namespace.map { .string($0) } ?? .null), .init("path", .string(path)),
      .init("profiles", .strings(profiles)), .init("size", .integer(size)),
      .init("source", source.map { .string($0) } ?? .null),
    ])
  }
}
