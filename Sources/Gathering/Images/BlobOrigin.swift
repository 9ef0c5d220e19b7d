internal import BundleFormat
public import Content
public import Diagnostics

/// Where the bytes of a blob can be fetched.
public enum BlobOrigin: Sendable {
  /// With an image that has it.
  case image(ImageOrigin)
  /// This run, which has made it.
  case built
  /// The places of `mirror.files`.
  case files

  /// The origin of the layers of a source as an index lists it.
  public init(source: String) throws(SealiftError) {
    self = BundleImage.isBuilt(source) ? .built : .image(try ImageOrigin(source: source))
  }
}
