import Diagnostics
import Testing
import YAML

@Suite struct YAMLValueTests {
  @Test(arguments: [
    ("true", true), ("True", true), ("yes", true), ("ON", true), ("y", true), ("false", false), ("FALSE", false),
    ("no", false), ("Off", false), ("N", false),
  ])
  func readsBooleans(text: String, value: Bool) throws {
    #expect(try read(text).bool() == value)
  }

  @Test(arguments: [
    ("yEs", "'yEs'"), ("tRUE", "'tRUE'"), ("ja", "'ja'"), ("1", "'1'"), ("\"true\"", "quoted text"), ("[]", "a list"),
    ("", "empty"),
  ])
  func guessesNoBooleans(text: String, shape: String) throws {
    let node = try read(text)
    let error = #expect(throws: SealiftError.self) { try node.bool() }
    #expect(error?.problem == "\(node.position.description): true or false is wanted here, and this is \(shape)")
    #expect(error?.nextStep == "correct line 1 of f.yaml")
  }

  @Test(arguments: [("0", 0), ("4", 4), ("-12", -12), ("9223372036854775807", Int.max)])
  func readsWholeNumbers(text: String, value: Int) throws {
    #expect(try read(text).integer() == value)
  }

  @Test(arguments: ["4.0", "0x10", "+4", "010", "1_000", "'4'", "9223372036854775808", "4 GiB", "{}"])
  func guessesNoNumbers(text: String) throws {
    let node = try read(text)
    let error = #expect(throws: SealiftError.self) { try node.integer() }
    #expect(error?.problem.hasPrefix("f.yaml:1:3: a whole number is wanted here, and this is ") == true)
  }

  @Test(arguments: ["", "~", "null", "Null", "NULL"]) func nothingIsWrittenInFiveWays(text: String) throws {
    let node = try read(text)
    #expect(node.isNull)
    #expect(try node.elements().isEmpty)
    #expect(try node.entries().isEmpty)
    let error = #expect(throws: SealiftError.self) { try node.string() }
    #expect(error?.problem.hasSuffix(": text is wanted here, and this is empty") == true)
  }

  @Test(arguments: ["''", "'null'", "'~'"]) func quotedTextIsNeverNothing(text: String) throws {
    let node = try read(text)
    #expect(!node.isNull)
    #expect(try node.string() == text.dropFirst().dropLast())
  }

  @Test func listsAndMappingsAreNotEachOther() throws {
    let list = try read("[1]")
    let notMapping = #expect(throws: SealiftError.self) { try list.entries() }
    #expect(notMapping?.problem == "f.yaml:1:3: a mapping of keys to values is wanted here, and this is a list")
    let mapping = try read("{b: 1}")
    let notList = #expect(throws: SealiftError.self) { try mapping.elements() }
    #expect(notList?.problem == "f.yaml:1:3: a list is wanted here, and this is a mapping")
    let notText = #expect(throws: SealiftError.self) { try mapping.string() }
    #expect(notText?.problem == "f.yaml:1:3: text is wanted here, and this is a mapping")
  }

  private func read(_ value: String) throws -> YAMLNode {
    try #require(YAMLReader.document(Array("- \(value)".utf8), source: "f.yaml").elements().first)
  }
}
