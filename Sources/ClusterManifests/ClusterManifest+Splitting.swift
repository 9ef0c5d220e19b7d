internal import YAML

extension ClusterManifest {
  /// The same in as many objects as are needed for none to be larger than `limit`; only mirror sets can be cut.
  ///
  /// The numbers at the end of their names count on from that of this one.
  func split(limit: Int = maximumBytes) -> [ClusterManifest] {
    guard !isForeign, let kind = MirrorKind(rawValue: kind), let entries = object["spec"]?[kind.list]?.elements,
      entries.count > 1, bytes.count > limit
    else { return [self] }
    let frame = with([], as: name, kind).bytes.count
    var parts: [[YAMLValue]] = []
    var size = Int.max
    for entry in entries {
      let lines = YAMLWriter.bytes(of: [entry])
      // In its place each line is indented by two more.
      let entrySize = lines.count + 2 * lines.count { $0 == UInt8(ascii: "\n") }
      if size > limit - entrySize {
        parts.append([])
        size = frame
      }
      parts[parts.count - 1].append(entry)
      size += entrySize
    }
    let stem = name.hasSuffix("-0") ? name.dropLast(2) : name[...]
    return parts.enumerated().map { with($1, as: "\(stem)-\($0)", kind) }
  }

  private func with(_ entries: [YAMLValue], as name: String, _ kind: MirrorKind) -> ClusterManifest {
    ClusterManifest(
      object.replacing("spec") { _ in .mapping([.init(kind.list, .sequence(entries))]) }
        .replacing("metadata") { $0.replacing("name") { _ in .string(name) } })
  }
}

extension YAMLValue {
  /// The same with another value under a key that it has.
  fileprivate func replacing(_ key: String, by change: (YAMLValue) -> YAMLValue) -> YAMLValue {
    guard case .mapping(let entries) = self else { return self }
    return .mapping(entries.map { $0.key == key ? Entry(key, change($0.value)) : $0 })
  }
}
