import BundleFormat
import Diagnostics
import JSON
import SystemIO
import TestSupport
import Testing

/// `formats/bundle-index.schema.json` against real indexes, by another program's validator.
struct IndexSchemaTests {
  static let condition = ConditionTrait.enabled(if: SchemaValidator.isInstalled, "\(SchemaValidator.reason)")
  private let validator = SchemaValidator("bundle-index.schema.json")

  @Test("Real indexes are valid", condition)
  func valid() throws {
    let documents = SampleBundle.all.map { TinyBundle(layers: $0.layers, keys: [], release: $0.release).index.bytes }
    #expect(try validator.verdicts(documents).allSatisfy { $0 == "ok" })
  }

  @Test("Illegal indexes are not, as far as a schema can tell", condition)
  func invalid() throws {
    let mutations = try IndexMutation.all.filter(\.isInSchema)
    for (mutation, verdict) in zip(mutations, try validator.verdicts(mutations.map(\.bytes))) {
      #expect(verdict.hasPrefix("refused"), "\(mutation.testDescription)")
    }
  }

  @Test("What the schema refuses the reader refuses: each member left out, each value another", condition)
  func others() throws {
    let names = ["the sample", "a layer that a base has brought", "an image of a list that is left out"]
    for hostile in HostileBundle.all where names.contains(hostile.description) {
      let tree = try Self.index(of: hostile)
      let documents = tree.others.map { JSONWriter.bytes(of: $0) }
      let verdicts = try validator.verdicts(documents)
      #expect(verdicts.count == documents.count && verdicts.count { $0.hasPrefix("refused") } > 500)
      // What the reader does not know, it passes over.
      let refused = zip(documents, verdicts).filter {
        $0.1.hasPrefix("refused") && !$0.1.hasPrefix("refused: Additional properties")
      }
      for (document, verdict) in refused {
        #expect((try? BundleIndex(document)) == nil, "\(verdict)")
      }
    }
  }

  private static func index(of hostile: HostileBundle) throws -> JSONValue {
    var draft = HostileBundle.sample
    try hostile.change(&draft)
    draft.index.images[0].also = [.init(source: "other.example/a:b", reason: .requested)]
    let written = Shared("")
    draft.changeText = { text in
      written.with { $0 = text }
      return text
    }
    _ = try draft.bytes()
    return try JSONReader.value(Array(written.with(\.self).utf8), source: "the index")
  }
}

extension JSONValue {
  /// Every value with one place of it changed.
  fileprivate var others: [JSONValue] {
    let kinds: [JSONValue] = [
      .null, .boolean(true), .number("-1"), .number("1.5"), .number("1152921504606846977"), .string(""), .string("x"),
      .array([]), .object([]),
    ]
    switch self {
    case .object(let members):
      let without = members.indices.map { place in
        JSONValue.object(members.enumerated().filter { $0.offset != place }.map(\.element))
      }
      let optional = ["absent", "also", "bases", "places", "requires", "subject", "base", "configuration", "source"]
      let more = optional.filter { self[$0] == nil }.flatMap { name in
        [JSONValue.array([]), .string("")].map { JSONValue.object(members + [.init(name, $0)]) }
      }
      return without + more + kinds.prefix(1)
        + members.indices.flatMap { place in
          members[place].value.others.map { other in
            var members = members
            members[place].value = other
            return .object(members)
          }
        }
    case .array(let elements):
      return [.array([]), .null, .object([])]
        + Set([0, elements.count - 1]).filter(elements.indices.contains).flatMap { place in
          elements[place].others.map { other in
            var elements = elements
            elements[place] = other
            return .array(elements)
          }
        }
    default: return kinds.filter { $0 != self }
    }
  }
}

/// The reader of the index against the same illegal indexes.
struct IndexReadingTests {
  @Test("Illegal indexes are refused with the reason", arguments: try IndexMutation.all)
  func invalid(_ mutation: IndexMutation) throws {
    let error = #expect(throws: SealiftError.self) { try BundleIndex(mutation.bytes) }
    #expect(error?.code == .corrupt)
    #expect(error?.problem.contains(mutation.reason) == true, "\(error?.problem ?? "")")
  }

  @Test("What a newer version made is said to be newer, not damaged")
  func newer() throws {
    for mutation in try IndexMutation.all
    where ["an unknown major version", "an unknown encoding", "a needed feature"].contains(mutation.testDescription) {
      let error = #expect(throws: SealiftError.self) { try BundleIndex(mutation.bytes) }
      #expect(error?.nextStep == "use a newer version of sealift")
    }
  }

  @Test("An index is read back as it was written, and unknown members are passed over")
  func roundTrip() throws {
    var index = try TinyBundle.example.index
    let (source, reason) = (index.images[0].source, ImageReason.requested)
    index.images[0].also = [.init(source: source, reason: reason), .init(source: "other.example/a:b", reason: reason)]
    #expect(try BundleIndex(index.bytes) == index)
    let text = String(decoding: index.bytes, as: UTF8.self)
    let extended = text.replacing(#""created":"#, with: #""comment":[{"a":null}],"created":"#)
    #expect(try BundleIndex(Array(extended.utf8)) == index)
  }

  @Test("No cut and no flipped bit of an index traps")
  func damage() throws {
    let bytes = try TinyBundle.example.index.bytes
    for index in bytes.indices {
      #expect(throws: SealiftError.self) { try BundleIndex(Array(bytes[..<index])) }
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 8)
      _ = try? BundleIndex(changed)
    }
  }
}
