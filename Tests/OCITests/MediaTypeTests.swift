import Digests
import OCI
import Testing

@Suite struct MediaTypeTests {
  @Test(arguments: [
    ("application/vnd.oci.image.index.v1+json", true, true),
    ("application/vnd.oci.image.manifest.v1+json", true, false),
    ("application/vnd.docker.distribution.manifest.list.v2+json", true, true),
    ("application/vnd.docker.distribution.manifest.v2+json", true, false),
    ("application/vnd.docker.distribution.manifest.v1+prettyjws", false, false),
    ("application/vnd.oci.image.config.v1+json", false, false), ("application/json", false, false), ("", false, false),
  ])
  func knowsManifestsAndIndexes(text: String, isManifest: Bool, isIndex: Bool) {
    let type = MediaType(rawValue: text)
    #expect(type.isManifest == isManifest)
    #expect(type.isIndex == isIndex)
    #expect(type.description == text)
  }

  @Test(arguments: [
    ("application/vnd.docker.distribution.manifest.v1+json", true),
    ("application/vnd.docker.distribution.manifest.v1+prettyjws", true),
    ("application/vnd.docker.distribution.manifest.v2+json", false),
  ])
  func knowsDockersOldManifest(text: String, expected: Bool) {
    #expect(MediaType(rawValue: text).isDockerSchema1 == expected)
  }

  @Test(arguments: [
    ("application/vnd.oci.image.layer.v1.tar", true), ("application/vnd.oci.image.layer.v1.tar+gzip", false),
    ("application/vnd.oci.image.layer.v1.tar+zstd", false),
    ("application/vnd.docker.image.rootfs.diff.tar.gzip", false),
    ("application/vnd.oci.image.config.v1+json", true), ("application/json", true), ("text/spdx", true),
    ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", false), ("application/octet-stream", false), ("", false),
  ])
  func knowsWhatIsWorthCompressing(text: String, expected: Bool) {
    #expect(MediaType(rawValue: text).isCompressible == expected)
  }

  @Test(
    "Whether a layer is foreign is seen by words anywhere in its media type",
    arguments: [
      ("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", true),
      ("application/vnd.docker.image.rootfs.foreign.diff.tar", true),
      ("nnondistributable", true), ("nondistributabl", false), ("foreign.dif", false), ("fforeign.diff", true),
      ("", false),
      ("application/vnd.oci.image.layer.v1.tar+gzip", false), ("application/vnd.example.model", false),
    ])
  func knowsForeignLayers(type: String, isForeign: Bool) {
    let layer = Descriptor(mediaType: .init(rawValue: type), digest: SHA256Hasher.emptyDigest, size: 0)
    #expect(layer.isForeign == isForeign)
  }
}
