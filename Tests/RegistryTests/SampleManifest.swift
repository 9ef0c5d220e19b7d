import Digests
import OCI

/// The bytes of an image manifest over some blobs.
func sampleManifest(config: Descriptor, layers: [Descriptor], subject: Descriptor? = nil) -> [UInt8] {
  func text(_ descriptor: Descriptor, _ type: String) -> String {
    #"{"mediaType":"\#(type)","digest":"\#(descriptor.digest)","size":\#(descriptor.size)}"#
  }
  let layers = layers.map { text($0, $0.mediaType.rawValue) }.joined(separator: ",")
  let subject = subject.map { #","subject":\#(text($0, $0.mediaType.rawValue))"# } ?? ""
  return Array(
    """
    {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)",\
    "config":\(text(config, MediaType.ociConfig.rawValue)),"layers":[\(layers)]\(subject)}
    """.utf8)
}
