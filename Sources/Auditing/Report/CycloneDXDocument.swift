internal import BundleFormat
internal import Content
internal import Digests
internal import JSON

/// A bill of materials in CycloneDX 1.6.
///
/// Source: ECMA-424, the JSON schema `bom-1.6`.
enum CycloneDXDocument {
  static func bytes(of head: AuditedHead) throws -> [UInt8] {
    let inventory = try Inventory(head)
    var writer = JSONWriter(capacity: inventory.components.count * 600)
    writer.object { writer in
      writer.member("bomFormat", "CycloneDX")
      writer.member("components")
      writer.array(of: inventory.components.dropFirst()) { $0.cyclonedx($1) }
      writer.member("dependencies")
      writer.array { $0.dependencies(inventory) }
      writer.member("metadata")
      writer.object { writer in
        writer.member("component")
        writer.cyclonedx(inventory.components[0])
        writer.member("timestamp", head.created)
        writer.member("tools")
        writer.object { writer in
          writer.member("components")
          writer.array { writer in
            writer.object { writer in
              writer.member("name", head.index.producer.name)
              writer.member("type", "application")
              writer.member("version", head.index.producer.version)
            }
          }
        }
      }
      writer.member("serialNumber", serialNumber(head.judged.verified.id))
      writer.member("specVersion", "1.6")
      writer.member("version", 1)
    }
    return writer.bytes
  }

  /// A number that follows from the bundle.
  ///
  /// Source: RFC 9562, section 5.8, version 8: what the bits say is our own.
  private static func serialNumber(_ id: Digest) -> String {
    var digits = Array(id.hex.prefix(32))
    digits[12] = "8"
    // The variant has the two bits 10.
    digits[16] = "89ab"["89ab".index("89ab".startIndex, offsetBy: (digits[16].hexDigitValue ?? 0) & 3)]
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
    return "urn:uuid:\(groups.joined(separator: "-"))"
  }
}

extension Inventory.Kind {
  fileprivate var cyclonedx: String {
    switch self {
    case .image, .release: "container"
    case .chart, .operatorBundle, .tool: "application"
    case .bundle, .layer, .config, .file, .clusterManifest: "file"
    }
  }
}

extension JSONWriter {
  /// What each thing holds or needs, each once.
  fileprivate mutating func dependencies(_ inventory: Inventory) {
    var needed: [Int: [Int]] = [:]
    for (from, relation, to) in inventory.relations where relation != .tellsOf { needed[from, default: []].append(to) }
    for (place, component) in inventory.components.enumerated() {
      guard let parts = needed[place] else { continue }
      var known: Set<Int> = []
      object { writer in
        writer.member("dependsOn")
        writer.array(of: parts.filter { known.insert($0).inserted }) { $0.string(inventory.components[$1].reference) }
        writer.member("ref", component.reference)
      }
    }
  }

  fileprivate mutating func cyclonedx(_ component: Inventory.Component) {
    object { writer in
      writer.member("bom-ref", component.reference)
      if !component.companions.isEmpty {
        writer.member("externalReferences")
        writer.array(of: component.companions) { writer, companion in
          writer.object { writer in
            writer.member("type", companion.kind.referenceType)
            writer.member("url", companion.locator)
          }
        }
      }
      writer.member("hashes")
      writer.array { writer in
        writer.object { writer in
          writer.member("alg", "SHA-256")
          writer.member("content", component.digest.hex)
        }
      }
      if let mediaType = component.mediaType?.asMIME { writer.member("mime-type", mediaType) }
      writer.member("name", component.name)
      writer.member("properties")
      writer.array { writer in
        for purl in component.purls.dropFirst() { writer.property("purl", purl) }
        for (name, value) in component.facts { writer.property(name, value) }
        if let size = component.size { writer.property("size", String(size)) }
      }
      if let purl = component.purls.first { writer.member("purl", purl) }
      writer.member("type", component.kind.cyclonedx)
      if let version = component.version { writer.member("version", version) }
    }
  }

  private mutating func property(_ name: String, _ value: String) {
    object { writer in
      writer.member("name", "sealift:\(name)")
      writer.member("value", value)
    }
  }
}

extension String {
  fileprivate var referenceType: String {
    switch self {
    case "SBOM": "bom"
    case "attestation": "attestation"
    case "signature": "digital-signature"
    default: "other"
    }
  }

  /// It, if it has the form that the schema asks for: publishers write what they like.
  fileprivate var asMIME: String? { wholeMatch(of: /[-+a-z0-9.]+\/[-+a-z0-9.]+/) == nil ? nil : self }
}
