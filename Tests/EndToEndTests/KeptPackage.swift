import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// What is to be kept of a package: the bundles of each channel by the ends of their names.
struct KeptPackage {
  let name: String
  let channels: [String: [String]]
  var defaultChannel: String?

  /// The names of all bundles.
  var bundles: Set<String> { Set(channels.values.joined().map { "\(name).v\($0)" }) }
}

extension CatalogWorld {
  /// The documents that a catalog of these packages has, made from the originals without Sealift; as text, sorted.
  func documents(_ packages: [KeptPackage]) -> [String] {
    var kept = documents(of: "")
    for package in packages {
      for document in documents(of: package.name) {
        let name = document["name"]?.text ?? ""
        switch document["schema"]?.text {
        case "olm.package":
          kept.append(document.setting("defaultChannel", package.defaultChannel.map { .string($0) }))
        case "olm.channel":
          let names = package.channels[name]?.map { "\(package.name).v\($0)" }
          if let names { kept.append(document.keeping { names.contains($0["name"]?.text ?? "") }) }
        case "olm.bundle":
          if package.bundles.contains(name) { kept.append(document) }
        case "olm.deprecations":
          let trimmed = document.keeping { entry in
            let part = entry["reference"]?["name"]?.text ?? ""
            return part.isEmpty || package.channels[part] != nil || package.bundles.contains(part)
          }
          if trimmed["entries"]?.elements?.isEmpty == false { kept.append(trimmed) }
        default: kept.append(document)
        }
      }
    }
    return kept.map(CatalogJob.text).sorted()
  }

  /// The tags that the images of these packages have at a target, each as `repository:tag digest`; none twice, sorted.
  func tags(_ packages: [KeptPackage]) throws -> [String] {
    var tags: Set<String> = []
    for package in packages {
      for document in documents(of: package.name)
      where document["schema"]?.text == "olm.bundle" && package.bundles.contains(document["name"]?.text ?? "") {
        let related = (document["relatedImages"]?.elements ?? []).map { $0["image"]?.text ?? "" }
        for image in [document["image"]?.text ?? ""] + related {
          let reference = try ImageReference(image)
          let digest = try #require(images[image], "\(image) is not in the world")
          tags.insert("\(reference.repository):\(reference.tag ?? digest.tag) \(digest)")
        }
      }
    }
    return tags.sorted()
  }
}

extension JSONValue {
  /// An object with another value for a member; the same where that is `nil`.
  fileprivate func setting(_ name: String, _ value: JSONValue?) -> JSONValue {
    guard let value, let members else { return self }
    return .object(members.map { $0.name == name ? .init(name, value) : $0 })
  }

  /// A document without some of its `entries`.
  fileprivate func keeping(_ isKept: (JSONValue) -> Bool) -> JSONValue {
    setting("entries", .array((self["entries"]?.elements ?? []).filter(isKept)))
  }
}

extension CatalogJob {
  /// The root file system of an image for one platform, as `umoci` makes it of the layers, by somebody who is not root.
  func rootFileSystem(_ image: String, _ architecture: String = "amd64") throws -> String {
    let layout = directory("layout-\(architecture)")
    try runOrFail(
      "skopeo",
      [
        "copy", "-q", "--insecure-policy", "--src-tls-verify=false", "--override-os=linux",
        "--override-arch=\(architecture)", "docker://\(image)", "oci:\(layout):image",
      ])
    let unpacked = directory("unpacked-\(architecture)")
    try runOrFail("rm", ["-rf", unpacked])
    try runOrFail("umoci", ["unpack", "--rootless", "--image", "\(layout):image", unpacked])
    return "\(unpacked)/rootfs"
  }

  /// The documents of a catalog image, in one form and sorted.
  func documents(of image: String, _ architecture: String = "amd64") throws -> [String] {
    let folder = try rootFileSystem(image, architecture) + "/configs"
    // OLM runs it as some user of its own.
    #expect(try runOrFail("find", [folder, "-type", "f", "!", "-perm", "-444"]) == "")
    #expect(try runOrFail("find", [folder, "-type", "d", "!", "-perm", "-555"]) == "")
    let text = try runOrFail(Repository.path("scripts/lib/catalog_documents.py"), [folder])
    return try (JSONReader.value(Array(text.utf8), source: "the documents").elements ?? []).map(Self.text).sorted()
  }

  /// How an image is run: `Entrypoint`, then `Cmd`.
  func command(of image: String) throws -> [String] {
    let text = try runOrFail("skopeo", ["inspect", "--config", "--raw", "--tls-verify=false", "docker://\(image)"])
    let config = try JSONReader.value(Array(text.utf8), source: "the config")["config"]
    return ["Entrypoint", "Cmd"].flatMap { config?[$0]?.elements?.compactMap(\.text) ?? [] }
  }

  /// Canonical JSON, in which the order of members does not count.
  static func text(_ value: JSONValue) -> String { String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) }
}
