internal import Arguments

/// What every command takes.
enum CommonArguments {
  static let json = Flag("json", help: "Prints the result as one JSON document, and progress as JSON lines on stderr.")
  static let quiet = Flag("quiet", short: "q", help: "Prints errors and warnings only.")

  static let group = Group("Common", [json, quiet])
}
