internal import JSON

/// The value as one line of canonical JSON in which nothing can steer a terminal.
func jsonLine(_ value: JSONValue) -> String { JSONWriter.printableText(of: value) + "\n" }
