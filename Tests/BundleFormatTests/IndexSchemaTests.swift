import BundleFormat
import Diagnostics
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
