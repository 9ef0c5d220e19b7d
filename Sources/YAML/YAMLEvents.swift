internal import CYAML
internal import Diagnostics

/// The events of one YAML text from libyaml, checked for what a dialect refuses: anchors, aliases, tags.
///
/// A class: as a noncopyable struct inside `YAMLReader` its end crashed release builds (Swift 6.3.1, 1 in 3 files).
final class YAMLEvents {
  /// What libyaml found.
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd
    case scalar(String, isPlain: Bool)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    /// The name of an anchor.
    case alias(String)
  }

  /// One event and where it begins.
  struct Event {
    let kind: Kind
    let position: YAMLPosition
    /// The name by which aliases refer to it.
    let anchor: String?
  }

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeRawBufferPointer
  private let source: String
  private let code: SealiftError.Code
  private let firstLine: Int
  private let sharesValues: Bool

  // With these a scalar is read like one without quotes; with any other it is text.
  private static let resolvedTags = Set(["bool", "float", "int", "null"].map { "tag:yaml.org,2002:\($0)" })
  private static let binaryTag = "tag:yaml.org,2002:binary"

  /// - Parameters:
  ///   - bytes: The text; libyaml keeps the pointer, so it must live as long as this.
  ///   - firstLine: The line of the file on which they begin.
  ///   - sharesValues: Whether anchors, aliases and tags are taken.
  init(
    _ bytes: UnsafeRawBufferPointer, source: String, code: SealiftError.Code, firstLine: Int, sharesValues: Bool
  ) {
    // libyaml keeps a pointer to the parser in itself, so it must not move.
    parser = .allocate(capacity: 1)
    precondition(yaml_parser_initialize(parser) == 1, "out of memory")
    yaml_parser_set_input_string(parser, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    self.bytes = bytes
    self.source = source
    self.code = code
    self.firstLine = firstLine
    self.sharesValues = sharesValues
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event.
  ///
  /// - Throws: The file's code, with the place, for what is not YAML and for what is refused.
  func next() throws(SealiftError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    let position = position(event.start_mark)
    return Event(
      kind: try kind(of: event, at: position), position: position, anchor: sharesValues ? anchor(of: event) : nil)
  }

  private func kind(of event: yaml_event_t, at position: YAMLPosition) throws(SealiftError) -> Kind {
    switch event.type {
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
    case YAML_MAPPING_END_EVENT: return .mappingEnd
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try check(anchor: scalar.anchor, tag: scalar.tag, at: position)
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      guard let tag = scalar.tag.map(self.text) else {
        return .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
      }
      return .scalar(text, isPlain: Self.resolvedTags.contains(tag))
    case YAML_SEQUENCE_START_EVENT:
      try check(anchor: event.data.sequence_start.anchor, tag: event.data.sequence_start.tag, at: position)
      return .sequenceStart
    case YAML_MAPPING_START_EVENT:
      try check(anchor: event.data.mapping_start.anchor, tag: event.data.mapping_start.tag, at: position)
      return .mappingStart
    case YAML_ALIAS_EVENT:
      let name = text(event.data.alias.anchor)
      guard !sharesValues else { return .alias(name) }
      throw position.error("the alias '*\(name)' is not supported", nextStep: "write the value out")
    default:
      return .streamEnd
    }
  }

  private func check(
    anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, at position: YAMLPosition
  ) throws(SealiftError) {
    if let anchor, !sharesValues {
      throw position.error(
        "the anchor '&\(text(anchor))' is not supported", nextStep: "write the value out wherever it is needed")
    }
    if let tag, !sharesValues || text(tag) == Self.binaryTag {
      throw position.error("the tag '\(text(tag))' is not supported", nextStep: "leave the tag out")
    }
  }

  private func anchor(of event: yaml_event_t) -> String? {
    switch event.type {
    case YAML_SCALAR_EVENT: event.data.scalar.anchor.map(text)
    case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor.map(text)
    case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor.map(text)
    default: nil
    }
  }

  private func text(_ pointer: UnsafeMutablePointer<UInt8>) -> String {
    String(cString: pointer)
  }

  private func position(_ mark: yaml_mark_t) -> YAMLPosition {
    YAMLPosition(source: source, line: Int(mark.line) + firstLine, column: Int(mark.column) + 1, code: code)
  }

  private func failure() -> SealiftError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "this is not YAML"
    switch parser.pointee.error {
    case YAML_MEMORY_ERROR:
      preconditionFailure("out of memory")
    case YAML_READER_ERROR:
      // The reader stops at a byte, before there are lines.
      return position(ofByte: min(Int(parser.pointee.problem_offset), bytes.count)).error(problem)
    default:
      let mark = parser.pointee.problem_mark
      if isTab(at: mark) {
        return position(mark).error(
          "a tab stands where YAML takes only spaces", nextStep: "put spaces in place of the tabs at the start of lines"
        )
      }
      guard let context = parser.pointee.context else { return position(mark).error(problem) }
      let start = parser.pointee.context_mark.line
      let origin = start == mark.line ? "" : " that begins in line \(Int(start) + firstLine)"
      return position(mark).error("\(problem) \(String(cString: context))\(origin)")
    }
  }

  private func isTab(at mark: yaml_mark_t) -> Bool {
    let line = bytes.split(
      separator: UInt8(ascii: "\n"), maxSplits: Int(mark.line) + 1, omittingEmptySubsequences: false
    )
    .dropFirst(Int(mark.line)).first
    return line?.prefix(Int(mark.column) + 1).last == UInt8(ascii: "\t")
  }

  private func position(ofByte offset: Int) -> YAMLPosition {
    let before = bytes.prefix(offset)
    let line = before.count { $0 == UInt8(ascii: "\n") } + firstLine
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
    return YAMLPosition(source: source, line: line, column: column, code: code)
  }
}
