internal import Diagnostics
internal import Glibc
internal import YAML

/// Cuts one file of a catalog into documents: YAML, JSON, or one after the other, told by what stands there.
struct DocumentSplitter {
  private enum State {
    /// Between documents; the number of spaces at the start of this line.
    case between(indentation: Int)
    case json
    /// In YAML; where the line that is being read begins in `held`.
    case yaml(lineStart: Int)
  }

  private let file: String
  private var state = State.between(indentation: 0)
  // What has come of a document that does not end in the piece at hand.
  private var held: [UInt8] = []
  private var scanner: JSONDocumentScanner
  // Bytes of the file before the piece at hand.
  private var offset = 0
  private var line = 1
  private var jsonDocuments = 0

  init(_ file: String) {
    self.file = file
    scanner = JSONDocumentScanner(DocumentPlace(file: file, offset: 0))
  }

  /// Takes the next piece of the file.
  ///
  /// - Parameter document: Gets each document that ends in it. What it gets is only valid during the call.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ document: (ScannedDocument) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    var index = 0
    if offset == 0, held.isEmpty, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    while index < bytes.count {
      switch state {
      case .between(let indentation): index = pass(bytes, from: index, indentation)
      case .json: index = try takeJSON(bytes, from: index, document)
      case .yaml(let lineStart): index = try takeYAML(bytes, from: index, lineStart, document)
      }
    }
    offset += bytes.count
  }

  /// Ends the file.
  mutating func end(_ document: (ScannedDocument) throws(SealiftError) -> Void) throws(SealiftError) {
    switch state {
    case .between: return
    case .json: throw DocumentPlace(file: file, offset: offset).flaw("the file ends inside a document")
    case .yaml: try endYAML(held, document)
    }
  }

  private mutating func pass(_ bytes: UnsafeRawBufferPointer, from start: Int, _ indentation: Int) -> Int {
    switch bytes[start] {
    case UInt8(ascii: "\n"):
      line += 1
      state = .between(indentation: 0)
      return start + 1
    // More than a line of YAML can be indented; beyond it the number no longer matters.
    case UInt8(ascii: " "): state = .between(indentation: min(indentation + 1, 1 << 10))
    case UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
    case UInt8(ascii: "{"):
      scanner = JSONDocumentScanner(DocumentPlace(file: file, offset: offset + start))
      state = .json
      return start
    default:
      held = [UInt8](repeating: UInt8(ascii: " "), count: indentation)
      state = .yaml(lineStart: 0)
      return start
    }
    return start + 1
  }
}

extension DocumentSplitter {
  private mutating func takeJSON(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ document: (ScannedDocument) throws(SealiftError) -> Void
  ) throws(SealiftError) -> Int {
    let end = try scanner.scan(bytes, from: start)
    guard scanner.length <= CatalogLimits.documentBytes else {
      throw scanner.place.flaw("a document is larger than \(CatalogLimits.documentBytes.asBytes)")
    }
    let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<(end ?? bytes.count)])
    guard let end else {
      held += piece
      return bytes.count
    }
    let (members, place) = (scanner.members, scanner.place)
    if held.isEmpty {
      try document(ScannedDocument(piece, members: members, place: place))
    } else {
      held += piece
      try held.span.bytes.withUnsafeBytes { (whole) throws(SealiftError) in
        try document(ScannedDocument(whole, members: members, place: place))
      }
      held.removeAll(keepingCapacity: held.capacity <= 1 << 20)
    }
    jsonDocuments += 1
    state = .between(indentation: 0)
    return end
  }
}

extension DocumentSplitter {
  /// Takes bytes up to the end of a line, and ends the document where the line is one of dashes.
  private mutating func takeYAML(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ lineStart: Int,
    _ document: (ScannedDocument) throws(SealiftError) -> Void
  ) throws(SealiftError) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
    let newline = rest.baseAddress.flatMap { memchr($0, 0x0A, rest.count) }
    let count = newline.map { UnsafeRawPointer($0) - (rest.baseAddress ?? UnsafeRawPointer($0)) + 1 } ?? rest.count
    held += rest[..<count]
    guard held.count <= YAMLReader.maxBytes else {
      throw place.flaw("a YAML document is larger than \(YAMLReader.maxBytes.asBytes)")
    }
    guard newline != nil else { return bytes.count }
    if lineStart > 0 || held.starts(with: Self.marker), isMarker(held[lineStart...]) {
      let marker = held[lineStart...]
      try endYAML(Array(held[..<lineStart]), document)
      // A line of dashes alone belongs to no document, so that JSON may follow it.
      if marker.dropFirst(3).allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }) {
        held = []
        line += 1
        state = .between(indentation: 0)
      } else {
        held = Array(marker)
        state = .yaml(lineStart: held.count)
      }
    } else {
      state = .yaml(lineStart: held.count)
    }
    return start + count
  }

  private static let marker = Array("---".utf8)

  private func isMarker(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.starts(with: Self.marker) else { return false }
    guard let next = line.dropFirst(3).first else { return true }
    return next == 0x20 || next == 0x09 || next == 0x0D || next == 0x0A
  }

  private mutating func endYAML(
    _ text: [UInt8], _ document: (ScannedDocument) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    let nodes = try YAMLReader.documents(text, source: source, code: .corrupt, firstLine: line)
    line += text.count { $0 == 0x0A }
    for node in nodes {
      if node.isNull { continue }
      guard case .mapping = node.content else {
        throw node.position.error(
          "a document of a catalog is a mapping, and this is none", nextStep: DocumentPlace.nextStep)
      }
      try deliver(YAMLTranslation.json(node), "\(source):\(node.line)", document)
    }
  }

  private func deliver(
    _ json: [UInt8], _ name: String, _ document: (ScannedDocument) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    let place = DocumentPlace(file: name, offset: nil)
    try json.span.bytes.withUnsafeBytes { (bytes) throws(SealiftError) in
      var scanner = JSONDocumentScanner(place)
      _ = try scanner.scan(bytes, from: 0)
      try document(ScannedDocument(bytes, members: scanner.members, place: place))
    }
  }

  /// Lines are not counted in JSON, so after it they are those of the part that follows.
  private var source: String { jsonDocuments == 0 ? file : "\(file), after \(jsonDocuments) JSON documents" }

  private var place: DocumentPlace { DocumentPlace(file: "\(source):\(line)", offset: nil) }
}
