internal import HTTPTransport
internal import JSON

extension HTTPResponse {
  // More of a server's own words helps nobody.
  private static let maximumReasonBytes = 300

  /// What the server says of an answer that was not expected, in its own words and on one line; nothing if it is silent.
  ///
  /// Token servers, object stores and proxies have forms of their own beside the one that registries have.
  var reason: String? {
    let words: String?
    if let value = try? JSONReader.value(body, source: "error") {
      words = Self.registryError(value) ?? Self.otherError(value)
    } else {
      words = Self.plainError(String(decoding: body, as: UTF8.self))
    }
    var text = words?.split(whereSeparator: \.isWhitespace).joined(separator: " ") ?? ""
    // Our own sentence goes on behind it.
    while text.hasSuffix(".") { text.removeLast() }
    return text.isEmpty ? nil : String(text.prefix(Self.maximumReasonBytes))
  }

  /// The first error of the list.
  ///
  /// Source: OCI distribution-spec, "Error Codes".
  private static func registryError(_ value: JSONValue) -> String? {
    guard let first = value["errors"]?.elements?.first else { return nil }
    if let text = first.text { return text }
    let parts = [first["code"]?.text, first["message"]?.text].compactMap(\.self)
    // Where the registry itself knows no more, what lies below it may.
    let isVague = first["code"]?.text == "UNKNOWN" || parts.count < 2
    let detail = isVague ? first["detail"].flatMap(detail) : nil
    return (parts + [detail].compactMap(\.self)).joined(separator: ", ")
  }

  private static func detail(_ value: JSONValue) -> String? {
    if let text = value.text { return text }
    guard value.members?.isEmpty == false else { return nil }
    return String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
  }

  /// Source: RFC 6749, section 5.2; what Quay, Harbor, GitLab and clouds answer.
  private static func otherError(_ value: JSONValue) -> String? {
    if let inner = value["error"], inner.members != nil { return otherError(inner) }
    let names = [
      "error", "code", "status", "error_description", "message", "msg", "details", "detail", "reason", "title",
    ]
    var parts: [String] = []
    for text in names.compactMap({ value[$0]?.text }) where !text.isEmpty && !parts.contains(text) {
      parts.append(text)
    }
    return parts.joined(separator: ", ")
  }

  /// The heading of a web page, or the first line of a text.
  private static func plainError(_ text: String) -> String? {
    let start = text.drop(while: \.isWhitespace)
    guard start.hasPrefix("<") else { return String(start.prefix { !$0.isNewline }) }
    for tag in ["Message", "title", "h1"] {
      let tags = ["<\(tag)>", "</\(tag)>"]
      guard let open = start.firstRange(of: tags[0]), let end = start[open.upperBound...].firstRange(of: tags[1])
      else { continue }
      return String(start[open.upperBound..<end.lowerBound])
    }
    return nil
  }
}
