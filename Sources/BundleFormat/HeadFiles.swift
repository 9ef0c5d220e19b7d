internal import Digests
internal import OCI

extension BundleIndex {
  /// The files that every head has, which follow from the rest of the index.
  ///
  /// They make the extracted bundle an OCI layout that `sha256sum -c` can check.
  ///
  /// - Parameter take: Takes their content, each by its path and piece by piece: they can be as large as the index.
  ///
  /// Source: `formats/bundle-v1.md`, "Files of the head"; OCI image-spec, image-layout.md.
  func derivedFiles(_ take: (_ path: String, _ piece: [UInt8]) -> Void = { _, _ in }) -> [HeadFile] {
    func file(_ path: String, _ write: (([UInt8]) -> Void) -> Void) -> HeadFile {
      let hasher = SHA256Hasher()
      var size = 0
      write { piece in
        piece.withUnsafeBytes { hasher.update($0) }
        size += piece.count
        take(path, piece)
      }
      return HeadFile(path: path, digest: hasher.finalize(), size: size)
    }
    let layout = file(OCILayout.markerName) { $0(OCILayout.markerBytes) }
    let index = file("index.json") { ImageIndex.write(images.lazy.flatMap(\.ociDescriptors), to: $0) }
    let sums = file("SHA256SUMS") { writeSums(of: [layout, index] + extraFiles, to: $0) }
    return [sums, layout, index]
  }

  /// The same with their content.
  func headFiles() -> [(file: HeadFile, content: [UInt8])] {
    var contents: [String: [UInt8]] = [:]
    let files = derivedFiles { contents[$0, default: []] += $1 }
    return files.map { ($0, contents[$0.path] ?? []) }
  }

  /// The index with the files that every head has, and behind them the others that it lists.
  public func withHeadFiles() -> BundleIndex {
    var index = self
    index.files = derivedFiles() + extraFiles
    return index
  }

  private func writeSums(of files: [HeadFile], to take: ([UInt8]) -> Void) {
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
