internal import Diagnostics
internal import Glibc
internal import YAML

/// Cuts one file of a catalog into documents: YAML, JSON, or one after the other, told by what stands there.
///
/// What cannot be read ends at the next line that begins a document, so that one flaw costs one document.
struct DocumentSplitter {
  /// What was found in a file.
  enum Found {
    /// A document; it is only valid during the call.
    case document(ScannedDocument)
    /// Something that is none.
    case flaw(DocumentFlaw)
  }

  private enum State {
    /// Between documents; the number of spaces at the start of this line.
    case between(indentation: Int)
    case json
    /// In YAML; where the line that is being read begins in `held`.
    case yaml(lineStart: Int)
    /// In what is no JSON, up to the next line that can begin a document; whether such a line begins here.
    case broken(DocumentFlaw, isLineStart: Bool)
    /// The rest of the file is passed over.
    case lost
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
  // Whether the file has begun as YAML, in which `{` may begin a mapping that is no JSON.
  private var isYAML = false

  init(_ file: String) {
    self.file = file
    scanner = JSONDocumentScanner(DocumentPlace(file: file, offset: 0))
  }

  /// Takes the next piece of the file.
  ///
  /// - Parameter found: Gets what ends in it.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    var index = 0
    if offset == 0, held.isEmpty, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    while index < bytes.count {
      switch state {
      case .between(let indentation): index = pass(bytes, from: index, indentation)
      case .json: index = try takeJSON(bytes, from: index, found)
      case .yaml(let lineStart): index = try takeYAML(bytes, from: index, lineStart, found)
      case .broken(let flaw, let isLineStart): index = try takeBroken(bytes, from: index, flaw, isLineStart, found)
      case .lost: index = bytes.count
      }
    }
    offset += bytes.count
  }

  /// Ends the file.
  mutating func end(_ found: (Found) throws(SealiftError) -> Void) throws(SealiftError) {
    switch state {
    case .between, .lost: return
    case .json:
      try endBroken(flaw(DocumentPlace(file: file, offset: offset).flaw("the file ends inside a document")), found)
    case .yaml: try endYAML(held, found)
    case .broken(let flaw, _): try endBroken(flaw, found)
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
      isYAML = true
      state = .yaml(lineStart: 0)
      return start
    }
    return start + 1
  }
}

extension DocumentSplitter {
  private mutating func takeJSON(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) -> Int {
    let end: Int?
    do throws(SealiftError) { end = try scanner.scan(bytes, from: start) } catch {
      return breakOff(bytes, from: start, error)
    }
    guard scanner.length <= CatalogLimits.documentBytes else {
      try lose(scanner.place.flaw("a document is larger than \(CatalogLimits.documentBytes.asBytes)"), found)
      return bytes.count
    }
    let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<(end ?? bytes.count)])
    guard let end else {
      held += piece
      return bytes.count
    }
    if held.isEmpty {
      try deliver(piece, scanner, found)
    } else {
      held += piece
      try held.span.bytes.withUnsafeBytes { (whole) throws(SealiftError) in try deliver(whole, scanner, found) }
      held.removeAll(keepingCapacity: held.capacity <= 1 << 20)
    }
    jsonDocuments += 1
    state = .between(indentation: 0)
    return end
  }

  private func deliver(
    _ bytes: UnsafeRawBufferPointer, _ scanner: JSONDocumentScanner, _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    let document: ScannedDocument
    do throws(SealiftError) {
      document = try ScannedDocument(bytes, members: scanner.members, place: scanner.place)
    } catch { return try found(.flaw(DocumentFlaw(error, bytes, scanner.members, scanner.place))) }
    try found(.document(document))
  }

  /// Passes over the rest of the file.
  private mutating func lose(
    _ error: SealiftError, _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    held = []
    state = .lost
    try found(.flaw(DocumentFlaw(error)))
  }
}

extension DocumentSplitter {
  /// Leaves a document that is no JSON, of which the next piece begins at `start`.
  private mutating func breakOff(_ bytes: UnsafeRawBufferPointer, from start: Int, _ error: SealiftError) -> Int {
    // The scanner has not said how far it came; what it knows of members lies before.
    let known = scanner.members.last.map { max(0, $0.value.upperBound - held.count) } ?? 0
    let before = held.count
    held += bytes[start..<min(start + known, bytes.count)]
    state = .broken(flaw(error), isLineStart: false)
    if !isYAML { held = [] } else { held.removeLast(held.count - before) }
    return start
  }

  /// What is wrong with the document of which `held` is the beginning. If other documents may have been taken for a part of
  /// it, nobody knows whose they are.
  private func flaw(_ error: SealiftError) -> DocumentFlaw {
    if held.indices.dropFirst().contains(where: { held[$0] == UInt8(ascii: "{") && held[$0 - 1] == UInt8(ascii: "\n") })
    {
      return DocumentFlaw(error)
    }
    return held.span.bytes.withUnsafeBytes { DocumentFlaw(error, $0, scanner.members, scanner.place) }
  }

  /// Passes over what is no JSON, up to the next line that can begin a document.
  private mutating func takeBroken(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ flaw: DocumentFlaw, _ isLineStart: Bool,
    _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) -> Int {
    var (index, isLineStart) = (start, isLineStart)
    let starts = isYAML ? "{-".utf8 : "{".utf8
    while index < bytes.count, !isLineStart || !starts.contains(bytes[index]) {
      isLineStart = bytes[index] == UInt8(ascii: "\n")
      index += 1
    }
    // Only YAML can still be something else.
    if isYAML { held += bytes[start..<index] }
    guard held.count <= YAMLReader.maxBytes || !isYAML else {
      try lose(place.flaw("a YAML document is larger than \(YAMLReader.maxBytes.asBytes)"), found)
      return bytes.count
    }
    state = .broken(flaw, isLineStart: isLineStart)
    if index < bytes.count { try endBroken(flaw, found) }
    return index
  }

  /// Ends what is no JSON: in a file of YAML it can be a mapping in braces all the same.
  private mutating func endBroken(
    _ flaw: DocumentFlaw, _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    let text = held
    held = []
    state = .between(indentation: 0)
    guard isYAML, let nodes = try? YAMLReader.documents(text, source: source, code: .corrupt, dialect: .lenient) else {
      return try found(.flaw(flaw))
    }
    try deliver(nodes, found)
  }
}

extension DocumentSplitter {
  /// Takes bytes up to the end of a line, and ends the document where the line is one of dashes.
  private mutating func takeYAML(
    _ bytes: UnsafeRawBufferPointer, from start: Int, _ lineStart: Int,
    _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
    let newline = rest.baseAddress.flatMap { memchr($0, 0x0A, rest.count) }
    let count = newline.map { UnsafeRawPointer($0) - (rest.baseAddress ?? UnsafeRawPointer($0)) + 1 } ?? rest.count
    held += rest[..<count]
    guard held.count <= YAMLReader.maxBytes else {
      try lose(place.flaw("a YAML document is larger than \(YAMLReader.maxBytes.asBytes)"), found)
      return bytes.count
    }
    guard newline != nil else { return bytes.count }
    if lineStart > 0 || held.starts(with: Self.marker), isMarker(held[lineStart...]) {
      let marker = held[lineStart...]
      try endYAML(Array(held[..<lineStart]), found)
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
    _ text: [UInt8], _ found: (Found) throws(SealiftError) -> Void
  ) throws(SealiftError) {
    let nodes: [YAMLNode]
    do throws(SealiftError) {
      nodes = try YAMLReader.documents(text, source: source, code: .corrupt, firstLine: line, dialect: .lenient)
    } catch {
      line += text.count { $0 == 0x0A }
      return try found(.flaw(DocumentFlaw(error, lines: text)))
    }
    line += text.count { $0 == 0x0A }
    try deliver(nodes, found)
  }

  private func deliver(_ nodes: [YAMLNode], _ found: (Found) throws(SealiftError) -> Void) throws(SealiftError) {
    for node in nodes where !node.isNull {
      guard case .mapping = node.content else {
        let error = node.position.error("a document of a catalog is a mapping, and this is none")
        try found(.flaw(DocumentFlaw(error)))
        continue
      }
      try deliver(node, found)
    }
  }

  private func deliver(_ node: YAMLNode, _ found: (Found) throws(SealiftError) -> Void) throws(SealiftError) {
    var scanner = JSONDocumentScanner(
      DocumentPlace(file: "\(source):\(node.line)", offset: nil, repeatedKey: node.repeatedKey))
    let json: [UInt8]
    do throws(SealiftError) {
      json = try YAMLTranslation.json(node)
      try json.span.bytes.withUnsafeBytes { (bytes) throws(SealiftError) in _ = try scanner.scan(bytes, from: 0) }
    } catch { return try found(.flaw(DocumentFlaw(error, node))) }
    try json.span.bytes.withUnsafeBytes { (bytes) throws(SealiftError) in try deliver(bytes, scanner, found) }
  }

  /// Lines are not counted in JSON, so after it they are those of the part that follows.
  private var source: String { jsonDocuments == 0 ? file : "\(file), after \(jsonDocuments) JSON documents" }

  private var place: DocumentPlace { DocumentPlace(file: "\(source):\(line)", offset: nil) }
}
