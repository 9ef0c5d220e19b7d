internal import Diagnostics

/// Writes a page. What is not written in this program is text, and nothing in it can become markup.
struct HTMLWriter {
  /// What has been written.
  private(set) var bytes: [UInt8] = []

  /// Writes markup: a literal of the program, which no text from outside can be.
  mutating func markup(_ literal: StaticString) {
    bytes += UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  /// Writes a number.
  mutating func number(_ value: Int) { bytes += String(value).utf8 }

  /// Writes text, in which nothing steers, hides or is markup; it may stand in an attribute with quotes around it.
  mutating func text(_ text: some StringProtocol) {
    var text = String(text)
    let isPlain = text.withUTF8 { $0.allSatisfy { 0x20..<0x7F ~= $0 } }
    for byte in isPlain ? text.utf8 : text.printable.utf8 { escape(byte) }
  }

  /// Writes text of several lines.
  mutating func lines(_ text: String) {
    for byte in text.printableLines.utf8 { escape(byte) }
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "&"): markup("&amp;")
    case UInt8(ascii: "<"): markup("&lt;")
    case UInt8(ascii: ">"): markup("&gt;")
    case UInt8(ascii: "\""): markup("&quot;")
    case UInt8(ascii: "'"): markup("&#39;")
    default: bytes.append(byte)
    }
  }
}

extension HTMLWriter {
  /// A cell of a table.
  mutating func cell(_ text: some StringProtocol) {
    markup("<td>")
    self.text(text)
  }

  /// A cell with what is read letter by letter, such as a digest.
  mutating func code(_ text: some StringProtocol) {
    markup("<td><code>")
    self.text(text)
    markup("</code>")
  }

  /// A cell with several texts, each in a line.
  mutating func cell(_ texts: [String]) {
    markup("<td>")
    for (number, text) in texts.enumerated() {
      if number > 0 { markup("<br>") }
      self.text(text)
    }
  }

  /// A cell with a size for people, which shows the exact one when it is pointed at.
  mutating func size(_ bytes: Int) {
    markup("<td class=n title=\"")
    number(bytes)
    markup(" bytes\">")
    text(bytes.asBytes)
  }

  /// A table: its head, then the rows.
  mutating func table(_ titles: StaticString..., rows: (inout HTMLWriter) throws -> Void) rethrows {
    markup("<table><thead><tr>")
    for title in titles {
      markup("<th>")
      markup(title)
    }
    markup("</thead><tbody>\n")
    try rows(&self)
    markup("</tbody></table>\n")
  }

  /// A section with a title that the contents name, and how many things are in it.
  mutating func section(
    _ id: StaticString, _ title: StaticString, count: Int? = nil, _ body: (inout HTMLWriter) throws -> Void
  ) rethrows {
    markup("<section id=")
    markup(id)
    markup("><h2>")
    markup(title)
    if let count {
      markup(" <span class=count>")
      number(count)
      markup("</span>")
    }
    markup("</h2>\n")
    try body(&self)
    markup("</section>\n")
  }

  /// A line of facts.
  mutating func fact(_ name: StaticString, _ text: some StringProtocol) {
    markup("<dt>")
    markup(name)
    markup("<dd>")
    self.text(text)
    markup("\n")
  }
}
