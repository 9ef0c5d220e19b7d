internal import Diagnostics
internal import SystemIO

/// Checks JSON documents against a schema of `formats/`, with another program's validator.
public struct SchemaValidator: Sendable {
  /// Whether the validator is installed.
  public static let isInstalled =
    (try? runTool("python3", ["-c", "import jsonschema; jsonschema.Draft202012Validator"]).status) == 0
  /// Why tests that need it are skipped.
  public static let reason = "python3-jsonschema of version 4 is not installed"

  /// Prints a line for each document: its name, and the first problem or `ok`.
  private static let script = """
    import json, sys
    from jsonschema import Draft202012Validator
    schema = json.load(open(sys.argv[1]))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for path in sys.argv[2:]:
        error = next(validator.iter_errors(json.load(open(path))), None)
        print("ok" if error is None else "refused: " + error.message.replace("\\n", " ")[:200])
    """

  private let schema: String

  /// - Parameter name: The name of the schema in `formats/`.
  public init(_ name: String) { schema = Repository.path("formats/\(name)") }

  /// What the validator says of each document, in order: `ok`, or `refused: …`.
  public func verdicts(_ documents: [[UInt8]]) throws -> [String] {
    let directory = try TemporaryDirectory()
    let paths = try documents.enumerated().map { number, document in
      try FileSystem.write(document, to: directory("\(number).json"))
      return directory("\(number).json")
    }
    let result = try runTool("python3", ["-c", Self.script, schema] + paths)
    guard result.status == 0 else {
      throw SealiftError(.internal, "the validator failed: \(result.errors)", nextStep: "look at the schema")
    }
    return result.output.split(separator: "\n").map(String.init)
  }
}
