internal import Digests
internal import JSON
internal import OCI

extension BundleIndex {
  /// The exact bytes of `bundle.json`, in canonical JSON.
  public var bytes: [UInt8] {
    // A blob with a long media type takes 230 bytes.
    var writer = JSONWriter(capacity: 4096 + (blobs.count + held.count + metadata.count) * 240 + images.count * 512)
    writer.object { writer in
      writer.member("apiVersion", Self.apiVersion)
      if !bases.isEmpty {
        writer.member("bases")
        writer.array(of: bases) { $0.base($1) }
      }
      writer.member("blobs")
      writer.array(of: 0..<blobs.count + held.count) { writer, place in
        if place < blobs.count { writer.blob(blobs[place]) } else { writer.held(held[place - blobs.count]) }
      }
      writer.member("carriedFiles")
      writer.array(of: carriedFiles) { $0.carriedFile($1) }
      writer.member("catalogs")
      writer.array(of: catalogs) { $0.catalog($1) }
      writer.member("created", created)
      writer.member("files")
      writer.array(of: files) { $0.file($1) }
      writer.member("images")
      writer.array(of: images) { $0.image($1) }
      writer.member("manifests")
      writer.array(of: carriedObjects) { $0.carriedObject($1) }
      writer.member("metadata")
      writer.array(of: metadata) { $0.metadata($1) }
      writer.member("producer")
      writer.producer(producer)
      writer.member("releases")
      writer.array(of: releases) { $0.release($1) }
      if !requires.isEmpty {
        writer.member("requires")
        writer.array(of: requires) { $0.string($1) }
      }
      writer.member("tools")
      writer.array(of: tools) { $0.tool($1) }
    }
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func blob(_ blob: BundleIndex.Blob) {
    object { writer in
      writer.member("digest", blob.descriptor.digest.description)
      writer.member("encoding", blob.encoding.rawValue)
      writer.member("mediaType", blob.descriptor.mediaType.rawValue)
      if let offset = blob.offset { writer.member("offset", offset) }
      writer.member("size", blob.descriptor.size)
    }
  }

  fileprivate mutating func metadata(_ descriptor: Descriptor) {
    object { writer in
      writer.member("digest", descriptor.digest.description)
      writer.member("mediaType", descriptor.mediaType.rawValue)
      writer.member("size", descriptor.size)
    }
  }

  fileprivate mutating func file(_ file: BundleIndex.HeadFile) {
    object { writer in
      writer.member("digest", file.digest.description)
      writer.member("path", file.path)
      writer.member("size", file.size)
    }
  }

  fileprivate mutating func image(_ image: BundleIndex.Image) {
    object { writer in
      if !image.absent.isEmpty {
        writer.member("absent")
        writer.array(of: image.absent) { $0.string($1.description) }
      }
      if !image.also.isEmpty {
        writer.member("also")
        writer.array(of: image.also) { $0.request($1, of: image) }
      }
      if let base = image.base { writer.member("base", base) }
      writer.member("destination", image.destination)
      writer.member("digest", image.manifest.digest.description)
      writer.member("mediaType", image.manifest.mediaType.rawValue)
      writer.member("platforms")
      writer.array(of: image.platforms) { $0.string($1) }
      writer.member("reason", image.reason.description)
      writer.member("size", image.manifest.size)
      writer.member("source", image.source)
      if let subject = image.subject { writer.member("subject", subject.description) }
      writer.member("tags")
      writer.array(of: image.tags) { $0.string($1) }
    }
  }

  private mutating func request(_ request: BundleIndex.Request, of image: BundleIndex.Image) {
    object { writer in
      writer.member("reason", request.reason.description)
      if request.source != image.source { writer.member("source", request.source) }
    }
  }

  fileprivate mutating func release(_ release: BundleIndex.Release) {
    object { writer in
      writer.member("architecture", release.architecture)
      writer.member("digest", release.digest.description)
      writer.member("signatures")
      writer.array(of: release.signatures) { writer, signature in
        writer.object { writer in
          writer.member("key", signature.key)
          writer.member("path", signature.path)
        }
      }
      writer.member("source", release.source)
      writer.member("version", release.version)
    }
  }

  fileprivate mutating func producer(_ producer: BundleIndex.Producer) {
    object { writer in
      if let configuration = producer.configuration { writer.member("configuration", configuration.description) }
      writer.member("name", producer.name)
      writer.member("version", producer.version)
      writer.member("zstd", producer.zstd)
    }
  }
}
