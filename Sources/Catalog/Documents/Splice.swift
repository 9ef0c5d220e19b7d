internal import Diagnostics
internal import JSON

extension CatalogDocument {
  /// The same document with only some elements of the list in its field `entries`; all other bytes stay.
  func keepingEntries(_ isKept: (Int) -> Bool) throws(SealiftError) -> CatalogDocument {
    let text = try withScan { (scan) throws(SealiftError) -> [UInt8] in
      guard let list = scan.value(of: "entries"), var cursor = scan.cursor(at: "entries") else { return bytes }
      var elements: [Range<Int>] = []
      try cursor.array { (cursor) throws(SealiftError) in elements.append(try cursor.skip()) }
      guard let first = elements.first, let last = elements.last else { return bytes }
      let kept = elements.indices.filter(isKept).map { elements[$0] }
      // What stands before the first element is how the document indents them.
      guard let bracket = bytes[list].firstIndex(of: UInt8(ascii: "[")) else { return bytes }
      let lead = bytes[bracket + 1..<first.lowerBound]
      var text = Array(bytes[...bracket])
      for (index, element) in kept.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        text += lead
        text += bytes[element]
      }
      return text + bytes[last.upperBound...]
    }
    return replacing(text)
  }

  /// The same document with elements of another one's list `entries` behind its own, of which there must be one; all other
  /// bytes stay.
  func adding(
    entriesOf other: CatalogDocument, _ isAdded: (Int) -> Bool
  ) throws(SealiftError) -> CatalogDocument {
    let added = try other.entryTexts()
    let text = try withScan { (scan) throws(SealiftError) -> [UInt8] in
      guard let list = scan.value(of: "entries"), var cursor = scan.cursor(at: "entries") else { return bytes }
      var elements: [Range<Int>] = []
      try cursor.array { (cursor) throws(SealiftError) in elements.append(try cursor.skip()) }
      guard let first = elements.first, let last = elements.last,
        let bracket = bytes[list].firstIndex(of: UInt8(ascii: "["))
      else { return bytes }
      var text = Array(bytes[..<last.upperBound])
      for (index, element) in added.enumerated() where isAdded(index) {
        text += [UInt8(ascii: ",")] + bytes[bracket + 1..<first.lowerBound] + element
      }
      return text + bytes[last.upperBound...]
    }
    return replacing(text)
  }

  private func entryTexts() throws(SealiftError) -> [[UInt8]] {
    var texts: [[UInt8]] = []
    _ = try withScan { (scan) throws(SealiftError) -> [UInt8] in
      guard var cursor = scan.cursor(at: "entries") else { return [] }
      try cursor.array { (cursor) throws(SealiftError) in texts.append(Array(bytes[try cursor.skip()])) }
      return []
    }
    return texts
  }

  /// The same document with another text in one of its fields.
  func setting(_ field: StaticString, to value: String) throws(SealiftError) -> CatalogDocument {
    var writer = JSONWriter()
    writer.string(value)
    let quoted = writer.bytes
    let text = try withScan { (scan) throws(SealiftError) -> [UInt8] in
      if var cursor = scan.cursor(at: field) {
        let old = try cursor.skip()
        return Array(bytes[..<old.lowerBound]) + quoted + bytes[old.upperBound...]
      }
      return Array("{\"\(field)\":".utf8) + quoted + [UInt8(ascii: ",")] + bytes.dropFirst()
    }
    return replacing(text)
  }

  private func withScan(
    _ body: (ScannedDocument) throws(SealiftError) -> [UInt8]
  ) throws(SealiftError) -> [UInt8] {
    let bytes = bytes
    return try bytes.span.bytes.withUnsafeBytes { (text) throws(SealiftError) -> [UInt8] in
      var scanner = JSONDocumentScanner(place)
      _ = try scanner.scan(text, from: 0)
      return try body(ScannedDocument(text, members: scanner.members, place: place))
    }
  }
}
