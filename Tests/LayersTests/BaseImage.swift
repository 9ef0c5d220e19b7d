import Digests
import OCI
import SystemIO
import TestSupport

/// A base image for two platforms, with an attestation and with members that nobody knows.
struct BaseImage {
  let directory: TemporaryDirectory
  let layout: LayoutFixture
  let layer: Descriptor
  let images: [Descriptor]
  let attestation: Descriptor
  let root: Descriptor

  init(docker: Bool) throws {
    directory = try TemporaryDirectory()
    layout = try LayoutFixture(directory("layout"))
    let layout = layout
    let layer = try layout.blob(
      LayoutFixture.noise(seed: 1, size: 1000),
      docker ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : "application/vnd.oci.image.layer.v1.tar+gzip")
    self.layer = layer
    images = try ["amd64", "s390x"].map { architecture in
      let config = try layout.blob(
        Array(
          """
          {"architecture":"\(architecture)","config":{"Cmd":["old"],"Entrypoint":["/bin/opm"],"Env":["A=B"],
          "Labels":{"kept":"yes","operators.operatorframework.io.index.configs.v1":"/old"}},
          "created":"2024-01-01T00:00:00Z","history":[{"created_by":"base"}],"os":"linux",
          "rootfs":{"diff_ids":["\(layer.digest)"],"type":"layers"},"x-unknown":1.50}
          """.utf8), docker ? MediaType.dockerConfig.rawValue : MediaType.ociConfig.rawValue)
      let type = docker ? MediaType.dockerManifest : .ociManifest
      return try layout.blob(
        Array(
          """
          {"schemaVersion":2, "mediaType":"\(type)","config":\(Self.json(config)),"layers":[\(Self.json(layer))],
          "x-unknown":"of the manifest"}
          """.utf8), type.rawValue)
    }
    var attestation = try layout.image([layer], architecture: "unknown")
    attestation.platform = Platform(os: "unknown", architecture: "unknown")
    self.attestation = attestation
    let type = docker ? MediaType.dockerList : .ociIndex
    let entries = zip(images, ["amd64", "s390x"]).map { image, architecture in
      Self.json(image, #","platform":{"architecture":"\#(architecture)","os":"linux"},"x-unknown":"of the entry""#)
    }
    let last = Self.json(attestation, #","platform":{"architecture":"unknown","os":"unknown"}"#)
    root = try layout.blob(
      Array(
        """
        {"schemaVersion":2,"mediaType":"\(type)","manifests":[\((entries + [last]).joined(separator: ","))],
        "x-unknown":"of the index"}
        """.utf8), type.rawValue)
  }

  private static func json(_ descriptor: Descriptor, _ more: String = "") -> String {
    #"{"mediaType":"\#(descriptor.mediaType)","digest":"\#(descriptor.digest)","size":\#(descriptor.size)\#(more)}"#
  }
}
