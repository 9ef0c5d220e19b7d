internal import Digests
internal import JSON
internal import OCI

/// Changes to the documents of an image, as trees, so that members which Sealift does not know stay.
enum ImageEdits {
  private static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"

  /// The config of an image without layers.
  static func emptyConfig(_ platform: Platform) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("architecture", .string(platform.architecture)), .init("os", .string(platform.os)),
      .init("history", .array([])),
      .init("rootfs", .object([.init("diff_ids", .array([])), .init("type", .string("layers"))])),
    ]
    if let variant = platform.variant { members.append(.init("variant", .string(variant))) }
    return .object(members)
  }

  /// The manifest of an image without a config and layers.
  static let emptyManifest = JSONValue.object([
    .init("mediaType", .string(MediaType.ociManifest.rawValue)), .init("schemaVersion", .integer(2)),
  ])

  /// A config with the change.
  static func config(_ base: JSONValue, _ change: ImageChange) -> JSONValue {
    var config = base
    var process = config["config"].filled
    if let entrypoint = change.entrypoint { process.set("Entrypoint", .strings(entrypoint)) }
    if let command = change.command { process.set("Cmd", .strings(command)) }
    if !change.labels.isEmpty {
      var labels = process["Labels"].filled
      for (name, value) in change.labels { labels.set(name, .string(value)) }
      process.set("Labels", labels)
    }
    if process.members?.isEmpty == false { config.set("config", process) }

    var rootfs = config["rootfs"].filled
    let added = change.layers.map { JSONValue.string($0.layer.diffID.description) }
    rootfs.set("diff_ids", .array((rootfs["diff_ids"]?.elements ?? []) + added))
    if rootfs["type"] == nil { rootfs.set("type", .string("layers")) }
    config.set("rootfs", rootfs)

    // A history must tell of every layer or of none.
    if let history = config["history"]?.elements {
      let lines = change.layers.map { JSONValue.object([.init("created_by", .string($0.createdBy))]) }
      config.set("history", .array(history + lines))
    }
    return config
  }

  /// A manifest with another config and with the change's layers.
  static func manifest(
    _ base: JSONValue, config: Descriptor, _ change: ImageChange, isDocker: Bool
  ) -> JSONValue {
    var manifest = base
    manifest.set("config", (base["config"] ?? .object([])).pointing(to: config))
    let added = change.layers.map { layer in
      let descriptor = layer.layer.descriptor
      return JSONValue.object([]).pointing(
        to: Descriptor(
          mediaType: isDocker ? MediaType(rawValue: dockerLayer) : descriptor.mediaType, digest: descriptor.digest,
          size: descriptor.size))
    }
    manifest.set("layers", .array((base["layers"]?.elements ?? []) + added))
    // The new image is not what the base was attached to.
    manifest.remove("subject")
    return manifest
  }

  /// An index with other images, in its order; those without a successor are left out.
  static func index(_ base: JSONValue, _ built: [Digest: Descriptor]) -> JSONValue {
    var index = base
    let entries = (base["manifests"]?.elements ?? []).compactMap { entry -> JSONValue? in
      guard let text = entry["digest"]?.text, let digest = try? Digest(text) else { return nil }
      return built[digest].map { entry.pointing(to: $0) }
    }
    index.set("manifests", .array(entries))
    index.remove("subject")
    return index
  }
}

extension JSONValue {
  /// Sets a member of an object.
  fileprivate mutating func set(_ name: String, _ value: JSONValue) {
    var members = (self.members ?? []).filter { $0.name != name }
    members.append(.init(name, value))
    self = .object(members)
  }

  /// Removes a member of an object.
  fileprivate mutating func remove(_ name: String) {
    if let members { self = .object(members.filter { $0.name != name }) }
  }

  /// A descriptor as it is but for what names the content.
  fileprivate func pointing(to descriptor: Descriptor) -> JSONValue {
    var changed = self
    changed.set("digest", .string(descriptor.digest.description))
    changed.set("mediaType", .string(descriptor.mediaType.rawValue))
    changed.set("size", .integer(descriptor.size))
    changed.remove("data")
    changed.remove("urls")
    return changed
  }
}

extension JSONValue? {
  /// The object, or an empty one where there is none or `null`.
  fileprivate var filled: JSONValue { self?.members == nil ? .object([]) : self ?? .object([]) }
}
