internal import CYAML

/// Writes YAML as Kubernetes' own tools do: keys sorted, sequences not indented, lines never folded, UTF-8.
///
/// What is written reads back as the same value in YAML 1.1, in YAML 1.2 and in go-yaml: text that one of them would take
/// for something else stands in double quotes, text of several lines as a literal block where that is exact.
public enum YAMLWriter {
  /// The bytes of one document, without `---`.
  public static func bytes(of value: YAMLValue) -> [UInt8] {
    let emitter = YAMLEmitter()
    emitter.begin()
    emit(value.sorted, to: emitter)
    return emitter.end()
  }

  private static func emit(_ value: YAMLValue, to emitter: YAMLEmitter) {
    switch value {
    case .plain(let text): emitter.scalar(text, YAML_PLAIN_SCALAR_STYLE)
    case .string(let text): emitter.scalar(text, style(of: text))
    case .sequence(let elements):
      emitter.sequence { for element in elements { emit(element, to: emitter) } }
    case .mapping(let entries):
      emitter.mapping {
        for entry in entries {
          // A key as a block would need the form with a question mark, which few people know.
          let style = style(of: entry.key)
          emitter.scalar(entry.key, style == YAML_LITERAL_SCALAR_STYLE ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : style)
          emit(entry.value, to: emitter)
        }
      }
    }
  }

  private static func style(of text: String) -> yaml_scalar_style_t {
    guard PlainScalar.isText(text), text.unicodeScalars.allSatisfy({ $0.isPrintable || $0 == "\n" }) else {
      return YAML_DOUBLE_QUOTED_SCALAR_STYLE
    }
    // libyaml takes quotes where the text holds what is YAML's own, such as `: `.
    guard text.contains("\n") else { return YAML_PLAIN_SCALAR_STYLE }
    // Blocks with a blank first line, or with blank lines at the end, are read differently by different readers.
    let isExact = text.first != "\n" && text.first != " " && !text.hasSuffix("\n\n")
    return isExact ? YAML_LITERAL_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
  }
}

extension Unicode.Scalar {
  /// Whether every reader takes it as it is: no control, no line break of Unicode, no byte order mark.
  fileprivate var isPrintable: Bool {
    switch value {
    case 0x20..<0x7F, 0xA0..<0x2028, 0x202A..<0xD800, 0xE000..<0xFEFF, 0xFF00..<0xFFFE: true
    default: false
    }
  }
}

/// libyaml's emitter; it fails only where there is no memory.
private final class YAMLEmitter {
  private let emitter: UnsafeMutablePointer<yaml_emitter_t>
  private let output: Output

  private final class Output {
    var bytes: [UInt8] = []
  }

  init() {
    emitter = .allocate(capacity: 1)
    output = Output()
    precondition(yaml_emitter_initialize(emitter) == 1, "out of memory")
    yaml_emitter_set_encoding(emitter, YAML_UTF8_ENCODING)
    yaml_emitter_set_unicode(emitter, 1)
    yaml_emitter_set_width(emitter, -1)
    yaml_emitter_set_output(
      emitter,
      { context, bytes, count in
        guard let context else { return 0 }
        let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
        output.bytes += UnsafeBufferPointer(start: bytes, count: count)
        return 1
      }, Unmanaged.passUnretained(output).toOpaque())
  }

  deinit {
    yaml_emitter_delete(emitter)
    emitter.deallocate()
  }

  func begin() {
    emit { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
    emit { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
  }

  func end() -> [UInt8] {
    emit { yaml_document_end_event_initialize($0, 1) }
    emit { yaml_stream_end_event_initialize($0) }
    return output.bytes
  }

  func scalar(_ text: String, _ style: yaml_scalar_style_t) {
    // libyaml aborts on a null pointer, which is what no bytes have: hence the one at the end.
    let bytes = Array(text.utf8) + [0]
    bytes.withUnsafeBufferPointer { buffer in
      emit { yaml_scalar_event_initialize($0, nil, nil, buffer.baseAddress, CInt(text.utf8.count), 1, 1, style) }
    }
  }

  func sequence(_ elements: () -> Void) {
    emit { yaml_sequence_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
    elements()
    emit { yaml_sequence_end_event_initialize($0) }
  }

  func mapping(_ entries: () -> Void) {
    emit { yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
    entries()
    emit { yaml_mapping_end_event_initialize($0) }
  }

  private func emit(_ initialize: (UnsafeMutablePointer<yaml_event_t>) -> CInt) {
    var event = yaml_event_t()
    precondition(initialize(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1, "out of memory")
  }
}
