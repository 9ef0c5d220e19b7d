internal import HTTPTransport

/// The links of an answer to other pages.
///
/// Source: RFC 8288, section 3.
enum LinkHeader {
  /// The target of the first link that leads on; one that does not say where it leads does.
  static func next(_ headers: HTTPHeaders) -> String? {
    for value in headers.all("Link") {
      var rest = Substring(value)
      while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
        let target = rest[rest.index(after: start)..<end]
        rest = rest[rest.index(after: end)...]
        let relations = takeRelations(from: &rest)
        if relations?.contains("next") ?? true { return String(target) }
      }
    }
    return nil
  }

  /// Takes the parameters of one link.
  ///
  /// - Returns: The words of `rel`, in small letters; `nil` where it is missing.
  private static func takeRelations(from rest: inout Substring) -> [Substring]? {
    var relations: [Substring]?
    while true {
      rest = rest.drop(while: \.isBlank)
      guard rest.first == ";" else { return relations }
      rest = rest.dropFirst().drop(while: \.isBlank)
      let name = rest.prefix { !" \t=;,".contains($0) }
      rest = rest.dropFirst(name.count).drop(while: \.isBlank)
      guard rest.first == "=" else { continue }
      rest = rest.dropFirst().drop(while: \.isBlank)
      let value = rest.takeValue(endingAt: ", \t;")
      if name.lowercased() == "rel", relations == nil {
        relations = Substring(value.lowercased()).split(whereSeparator: \.isBlank)
      }
    }
  }
}

extension Character {
  /// Whether it is a space or a tab.
  var isBlank: Bool { self == " " || self == "\t" }
}

extension Substring {
  /// Takes the value of a parameter: quoted text, or what stands before one of some characters.
  ///
  /// Source: RFC 9110, sections 5.6.4 and 5.6.6.
  mutating func takeValue(endingAt ends: String) -> String {
    guard first == "\"" else {
      let token = prefix { !ends.contains($0) }
      self = dropFirst(token.count)
      return String(token)
    }
    var value = ""
    self = dropFirst()
    while let character = popFirst(), character != "\"" {
      if character == "\\", let escaped = popFirst() { value.append(escaped) } else { value.append(character) }
    }
    return value
  }
}
