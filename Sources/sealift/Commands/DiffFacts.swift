internal import Auditing
internal import Content
internal import JSON

/// What two bundles differ in, for scripts.
///
/// Source: `formats/diff.schema.json`.
extension BundleDiff {
  var json: JSONValue {
    .object(
      sections.map { .init($0.kind.rawValue, $0.section?.json ?? .null) } + [
        .init("brings", brings?.json ?? .null), .init("from", from.json), .init("lacks", lacks?.json ?? .null),
        .init("same", .boolean(isSame)), .init("shared", shared?.json ?? .null), .init("to", to.json),
      ])
  }
}

extension BundleDiff.Section {
  fileprivate var json: JSONValue {
    .object([
      .init("added", .array(added.map(\.json))), .init("changed", .array(changed.map(\.json))),
      .init("removed", .array(removed.map(\.json))), .init("unchanged", .integer(unchanged)),
    ])
  }
}

extension BundleDiff.Item {
  fileprivate var json: JSONValue { .object([.init("facts", .object(facts + sizes)), .init("item", .string(name))]) }
}

extension BundleDiff.Change {
  fileprivate var json: JSONValue {
    let changes = facts.map { fact in
      JSONValue.Member(fact.name, .object([.init("from", fact.from), .init("to", fact.to)]))
    }
    return .object([
      .init("changes", .object(changes)), .init("facts", .object(item.facts)), .init("item", .string(name)),
      .init("lines", .strings(lines)),
    ])
  }
}

extension BundleDiff.Amount {
  fileprivate var json: JSONValue { .object([.init("blobs", .integer(blobs)), .init("bytes", .integer(bytes))]) }
}

extension DiffSide {
  fileprivate var json: JSONValue {
    switch self {
    case .bundle(let head):
      .object([
        .init("blobBytes", .integer(head.contents.blobBytes)), .init("blobs", .integer(head.contents.blobs)),
        .init("bundle", .string(id)), .init("created", .string(head.created)),
        .init("fileBytes", head.fileBytes.map { .integer($0) } ?? .null),
        .init("missingBytes", .integer(head.missingBytes)),
        .init("name", .string(name)), .init("producer", .string(head.producer)),
        .init("trusted", head.judged.isTrusted.map { .boolean($0) } ?? .null),
      ])
    case .receipt(let receipt, _):
      .object([
        .init("bundle", .string(id)), .init("name", .string(name)), .init("target", .string(receipt.target)),
      ])
    }
  }
}
