internal import BundleFormat
internal import Content
internal import Digests
internal import JSON

/// A bill of materials in SPDX 2.3.
///
/// Source: the SPDX specification 2.3, chapters 6 (document), 7 (packages) and 11 (relationships).
enum SPDXDocument {
  static func bytes(of head: AuditedHead) throws -> [UInt8] {
    let inventory = try Inventory(head)
    var writer = JSONWriter(capacity: inventory.components.count * 700)
    writer.object { writer in
      writer.member("SPDXID", "SPDXRef-DOCUMENT")
      writer.member("creationInfo")
      writer.object { writer in
        writer.member("created", head.created)
        writer.member("creators")
        // The bill follows from the bundle alone: who wrote the bundle vouches for what it says.
        writer.array(of: ["Tool: \(head.index.producer.name)-\(head.index.producer.version)"]) { $0.string($1) }
      }
      writer.member("dataLicense", "CC0-1.0")
      // No server is asked for it: a name under a domain that nobody can own.
      writer.member("documentNamespace", "https://sealift.invalid/spdx/\(head.judged.verified.id.tag)")
      writer.member("name", "sealift bundle \(head.contents.id)")
      writer.member("packages")
      writer.array(of: inventory.components) { $0.spdx($1) }
      writer.member("relationships")
      writer.array { writer in
        writer.relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-bundle")
        for (from, relation, to) in inventory.relations {
          writer.relationship(
            "SPDXRef-\(inventory.components[from].reference)", relation.spdx,
            "SPDXRef-\(inventory.components[to].reference)")
        }
      }
      writer.member("spdxVersion", "SPDX-2.3")
    }
    return writer.bytes
  }
}

extension Inventory.Relation {
  fileprivate var spdx: String {
    switch self {
    case .contains: "CONTAINS"
    case .dependsOn: "DEPENDS_ON"
    case .tellsOf: "METAFILE_OF"
    }
  }
}

extension Inventory.Kind {
  /// Source: chapter 7.24, `primaryPackagePurpose`.
  fileprivate var spdx: String {
    switch self {
    case .bundle: "ARCHIVE"
    case .image, .release: "CONTAINER"
    case .chart, .operatorBundle, .tool: "APPLICATION"
    case .layer: "ARCHIVE"
    case .config, .file, .clusterManifest: "FILE"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func relationship(_ from: String, _ type: String, _ to: String) {
    object { writer in
      writer.member("relatedSpdxElement", to)
      writer.member("relationshipType", type)
      writer.member("spdxElementId", from)
    }
  }

  fileprivate mutating func spdx(_ component: Inventory.Component) {
    object { writer in
      writer.member("SPDXID", "SPDXRef-\(component.reference)")
      writer.member("checksums")
      writer.array { writer in
        writer.object { writer in
          writer.member("algorithm", "SHA256")
          writer.member("checksumValue", component.digest.hex)
        }
      }
      if !component.facts.isEmpty {
        writer.member("comment", component.facts.map { "\($0.name): \($0.value)" }.joined(separator: "\n"))
      }
      writer.member("copyrightText", "NOASSERTION")
      writer.member("downloadLocation", "NOASSERTION")
      if !component.purls.isEmpty || !component.companions.isEmpty {
        writer.member("externalRefs")
        writer.array { writer in
          for purl in component.purls { writer.reference("PACKAGE-MANAGER", "purl", purl) }
          for (kind, locator) in component.companions { writer.reference("OTHER", kind.lowercased(), locator) }
        }
      }
      writer.member("filesAnalyzed", false)
      writer.member("licenseConcluded", "NOASSERTION")
      writer.member("licenseDeclared", "NOASSERTION")
      writer.member("name", component.name)
      writer.member("primaryPackagePurpose", component.kind.spdx)
      if let version = component.version { writer.member("versionInfo", version) }
    }
  }

  private mutating func reference(_ category: String, _ type: String, _ locator: String) {
    object { writer in
      writer.member("referenceCategory", category)
      writer.member("referenceLocator", locator)
      writer.member("referenceType", type)
    }
  }
}
