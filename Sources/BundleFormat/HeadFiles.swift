internal import Digests
internal import OCI

extension BundleIndex {
  /// The files that every head has, which follow from the rest of the index.
  ///
  /// They make the extracted bundle an OCI layout that `sha256sum -c` can check.
  ///
  /// Source: `formats/bundle-v1.md`, "Files of the head"; OCI image-spec, image-layout.md.
  func derivedFiles() -> [HeadFile] {
    let named = [OCILayout.markerName, "index.json"].map { derivedFile($0, besides: []) }
    return [derivedFile("SHA256SUMS", besides: named)] + named
  }

  /// The same with their content.
  func headFiles() -> [(file: HeadFile, content: [UInt8])] {
    let files = derivedFiles()
    return files.map { file in
      var content: [UInt8] = []
      content.reserveCapacity(file.size)
      writeDerived(file.path, besides: files.dropFirst()) { content += $0 }
      return (file, content)
    }
  }

  /// The index with the files that every head has, and behind them the others that it lists.
  public func withHeadFiles() -> BundleIndex {
    var index = self
    index.files = derivedFiles() + extraFiles
    return index
  }

  private func derivedFile(_ path: String, besides named: [HeadFile]) -> HeadFile {
    let hasher = SHA256Hasher()
    var size = 0
    writeDerived(path, besides: named[...]) { piece in
      piece.withUnsafeBytes { hasher.update($0) }
      size += piece.count
    }
    return HeadFile(path: path, digest: hasher.finalize(), size: size)
  }

  /// Writes a file piece by piece: it can be as large as the index.
  private func writeDerived(_ path: String, besides named: ArraySlice<HeadFile>, to take: ([UInt8]) -> Void) {
    switch path {
    case OCILayout.markerName: take(OCILayout.markerBytes)
    case "index.json": ImageIndex.write(images.lazy.flatMap(\.ociDescriptors), to: take)
    default: writeSums(of: named + extraFiles, to: take)
    }
  }

  private func writeSums(of files: ArraySlice<HeadFile>, to take: ([UInt8]) -> Void) {
    var text: [UInt8] = []
    // There can be 150,000 lines: their parts are not joined first.
    func line(_ hex: String, _ path: String...) {
      text += hex.utf8
      text += "  ".utf8
      for part in path { text += part.utf8 }
      text.append(UInt8(ascii: "\n"))
      guard text.count >= ImageIndex.pieceBytes else { return }
      take(text)
      text.removeAll(keepingCapacity: true)
    }
    func line(of blob: Descriptor) {
      let hex = blob.digest.hex
      line(hex, BundleLayout.blobPrefix, hex)
    }
    for file in files { line(file.digest.hex, file.path) }
    for descriptor in metadata { line(of: descriptor) }
    for blob in blobs { line(of: blob.descriptor) }
    take(text)
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
