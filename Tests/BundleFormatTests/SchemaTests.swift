import BundleFormat
import Diagnostics
import SystemIO
import TestSupport
import Testing

/// `formats/bundle-index.schema.json` against real indexes, by another program's validator.
struct SchemaTests {
  static let condition = ConditionTrait.enabled(
    if: (try? runTool("python3", ["-c", "import jsonschema; jsonschema.Draft202012Validator"]).status) == 0,
    "python3-jsonschema of version 4 is not installed")
  static let schema = Repository.path("formats/bundle-index.schema.json")

  /// Prints a line for each document: its name, and the first problem or `ok`.
  static let script = """
    import json, sys
    from jsonschema import Draft202012Validator
    schema = json.load(open(sys.argv[1]))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for path in sys.argv[2:]:
        error = next(validator.iter_errors(json.load(open(path))), None)
        print("ok" if error is None else "refused: " + error.message.replace("\\n", " ")[:200])
    """

  /// What the validator says of each document, in order.
  private func verdicts(_ documents: [[UInt8]]) throws -> [Substring] {
    let directory = try TemporaryDirectory()
    let paths = try documents.enumerated().map { number, document in
      try FileSystem.write(document, to: directory("\(number).json"))
      return directory("\(number).json")
    }
    let result = try runTool("python3", ["-c", Self.script, Self.schema] + paths)
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n")
  }

  @Test("Real indexes are valid", condition)
  func valid() throws {
    let documents = SampleBundle.all.map { TinyBundle(layers: $0.layers, keys: []).index.bytes }
    #expect(try verdicts(documents).allSatisfy { $0 == "ok" })
  }

  @Test("Illegal indexes are not, as far as a schema can tell", condition)
  func invalid() throws {
    let mutations = try IndexMutation.all.filter(\.isInSchema)
    for (mutation, verdict) in zip(mutations, try verdicts(mutations.map(\.bytes))) {
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
    let index = try TinyBundle.example.index
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
