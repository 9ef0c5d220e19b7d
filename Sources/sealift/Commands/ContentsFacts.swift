internal import Diagnostics
internal import JSON
internal import Operations

/// What a bundle holds, for people and for scripts: the same for a plan and for an inspection.
extension BundleContents {
  /// Adds the lines on images, releases and manifests.
  func add(to facts: inout Facts) {
    facts.add("content", "\(counted(images.count, "image")), \(counted(blobs, "blob")), \(blobBytes.asBytes)")
    facts.add("releases", releases.map(\.line))
    facts.add("catalogs", catalogs.flatMap(\.lines))
    facts.add("manifests", manifestLines)
  }

  /// The members of a JSON document.
  var members: [JSONValue.Member] {
    [
      .init("blobBytes", .integer(blobBytes)), .init("blobs", .integer(blobs)), .init("bundle", .string(id)),
      .init("catalogs", .array(catalogs.map(\.value))),
      .init("images", ImageTable.json(images)), .init("manifests", .array(manifests.map(\.value))),
      .init("releases", .array(releases.map(\.value))),
    ]
  }

  /// A line for each kind.
  private var manifestLines: [String] {
    Dictionary(grouping: manifests, by: \.kind).sorted { $0.key < $1.key }.map { kind, manifests in
      "\(kind): \(manifests.map(\.name).joined(separator: ", "))"
    }
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
        return "  \(package.name): \(channels.joined(separator: ", ")); \(counted(package.bundles.count, "bundle"))"
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
      .init("bundles", .strings(bundles)), .init("channels", .strings(channels)),
      .init("defaultChannel", .string(defaultChannel)), .init("name", .string(name)),
    ])
  }
}

extension BundleContents.Manifest {
  fileprivate var value: JSONValue {
    .object([
      .init("kind", .string(kind)), .init("name", .string(name)), .init("path", .string(path)),
      .init("size", .integer(size)),
    ])
  }
}
