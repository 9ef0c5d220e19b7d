internal import BundleFormat
internal import Content
internal import Digests
internal import JSON
internal import OCI

/// Where a bundle comes from, as a statement that the site signs by whatever it uses.
///
/// Source: the in-toto attestation framework, Statement v1; SLSA 1.0, Provenance v1.
enum ProvenanceStatement {
  // Names under a domain that nobody can own: no server is asked for them.
  private static let buildType = "https://sealift.invalid/pack/v1"
  private static let builder = "https://sealift.invalid/"

  static func bytes(of head: AuditedHead) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("_type", "https://in-toto.io/Statement/v1")
      writer.member("predicate")
      writer.object { $0.predicate(head, buildType: buildType, builder: builder) }
      writer.member("predicateType", "https://slsa.dev/provenance/v1")
      writer.member("subject")
      writer.array { writer in
        // The index names every further byte of the bundle by digest.
        writer.object { writer in
          writer.digest(head.judged.verified.id)
          writer.member("name", "bundle.json")
        }
      }
    }
    return writer.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func predicate(_ head: AuditedHead, buildType: String, builder: String) {
    member("buildDefinition")
    object { writer in
      writer.member("buildType", buildType)
      writer.member("externalParameters")
      writer.object { writer in
        if let configuration = head.index.producer.configuration {
          writer.member("configuration")
          writer.object { $0.digest(configuration) }
        }
        writer.member("requested")
        writer.array(of: head.index.images.flatMap(\.requestedSources)) { $0.string($1) }
      }
      writer.member("internalParameters")
      writer.object { $0.member("zstd", head.index.producer.zstd) }
      writer.member("resolvedDependencies")
      writer.array { $0.dependencies(head.index) }
    }
    member("runDetails")
    object { writer in
      writer.member("builder")
      writer.object { writer in
        writer.member("id", "\(builder)\(head.index.producer.name)")
        writer.member("version")
        writer.object { $0.member(head.index.producer.name, head.index.producer.version) }
      }
      writer.member("metadata")
      writer.object { $0.member("startedOn", head.created) }
    }
  }

  private mutating func dependencies(_ index: BundleIndex) {
    for image in index.images {
      // What the packer has built came from the image that it extends.
      let names = image.base.map { [$0] } ?? PackageURL(image).purls(of: image)
      for name in names {
        object { writer in
          if image.base == nil { writer.digest(image.manifest.digest) }
          if let base = image.base, let digest = try? ImageReference(base).digest { writer.digest(digest) }
          writer.member("name", image.destinations[0])
          writer.member("uri", name)
        }
      }
    }
    for file in index.carriedFiles {
      object { writer in
        writer.digest(file.digest)
        writer.member("name", file.name)
        writer.member("uri", PackageURL.generic(file))
      }
    }
    let digests = Dictionary(index.files.map { ($0.path, $0.digest) }) { first, _ in first }
    for carried in index.carriedObjects {
      object { writer in
        if let digest = digests[carried.path] { writer.digest(digest) }
        writer.member("name", carried.path)
      }
    }
  }

  fileprivate mutating func digest(_ digest: Digest) {
    member("digest")
    object { $0.member("sha256", digest.hex) }
  }
}

extension BundleIndex.Image {
  /// The names that a user has asked for.
  fileprivate var requestedSources: [String] {
    requests.filter { [.requested, .catalog].contains($0.reason) }.map(\.source)
  }
}
