internal import Digests
internal import OCI

extension BundleIndex {
  /// The files that every head has with their content; they follow from the rest of the index.
  ///
  /// They make the extracted bundle an OCI layout that `sha256sum -c` can check.
  ///
  /// Source: `formats/bundle-v1.md`, "Files of the head"; OCI image-spec, image-layout.md.
  func headFiles() -> [(file: HeadFile, content: [UInt8])] {
    let layout = (name: OCILayout.markerName, content: OCILayout.markerBytes)
    let index = (name: "index.json", content: ImageIndex.bytes(images.flatMap(\.ociDescriptors)))
    let named = [layout, index].map { (HeadFile(path: $0.name, content: $0.content), $0.content) }
    let sums = sums(of: named.map(\.0) + extraFiles)
    return [(HeadFile(path: "SHA256SUMS", content: sums), sums)] + named
  }

  /// The index with the files that every head has, and behind them the others that it lists.
  public func withHeadFiles() -> BundleIndex {
    var index = self
    index.files = headFiles().map(\.file) + extraFiles
    return index
  }

  private func sums(of files: [HeadFile]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((files.count + metadata.count + blobs.count) * 144)
    func line(_ digest: Digest, _ path: String) { text += "\(digest.hex)  \(path)\n".utf8 }
    for file in files { line(file.digest, file.path) }
    for descriptor in metadata { line(descriptor.digest, BundleLayout.blobName(descriptor.digest)) }
    for blob in blobs { line(blob.descriptor.digest, BundleLayout.blobName(blob.descriptor.digest)) }
    return text
  }
}

extension BundleIndex.Image {
  /// One descriptor for each tag, named `path:tag`; one without a name where there is no tag.
  fileprivate var ociDescriptors: [Descriptor] {
    let names = tags.map { [Descriptor.Annotation(Descriptor.referenceNameAnnotation, "\(destination):\($0)")] }
    return (names.isEmpty ? [[]] : names).map { annotations in
      Descriptor(
        mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.size, annotations: annotations)
    }
  }
}

extension BundleIndex.HeadFile {
  fileprivate init(path: String, content: [UInt8]) {
    self.init(path: path, digest: SHA256Hasher.digest(of: content), size: content.count)
  }
}
