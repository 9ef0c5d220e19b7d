internal import Glibc

/// The status lines that `gpgv` wrote for one message.
///
/// Source: doc/DETAILS of GnuPG, "Format of the --status-fd output".
struct GPGVStatus {
  /// What the lines say all together; they prove something only in this one combination.
  enum Finding: Equatable {
    /// Exactly one signature, which is good, by the key with this primary fingerprint.
    case good(fingerprint: String)
    /// Why it proves nothing; continues a sentence about the signature.
    case wrong(String)
  }

  private struct Line {
    let keyword: String
    let arguments: [String]
  }

  private let lines: [Line]

  init(_ output: [UInt8]) {
    lines = output.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
      guard words.count >= 2, words[0] == "[GNUPG:]" else { return nil }
      return Line(keyword: String(words[1]), arguments: words[2...].map(String.init))
    }
  }

  /// Says what the lines prove.
  ///
  /// - Parameters:
  ///   - code: The exit status: other than 0 it is a refusal, and 0 is no proof.
  ///   - textBytes: The number of bytes of text that came.
  func finding(code: Int, textBytes: Int) -> Finding {
    if let problem = signatureProblem ?? structureProblem(code, textBytes) { return .wrong(problem) }
    guard let valid = only("VALIDSIG"), only("GOODSIG") != nil, valid.count > ValidSignature.primaryKey else {
      return .wrong("is not proven by anything that gpgv says")
    }
    guard valid[ValidSignature.kind] == ValidSignature.binaryDocument else {
      return .wrong("signs a text, not a binary document")
    }
    guard ValidSignature.strongHashes.contains(valid[ValidSignature.hash]) else {
      return .wrong("uses the weak hash algorithm \(valid[ValidSignature.hash])")
    }
    return .good(fingerprint: valid[ValidSignature.primaryKey])
  }

  /// The arguments of `VALIDSIG`.
  private enum ValidSignature {
    static let hash = 7
    static let kind = 8
    static let primaryKey = 9
    static let binaryDocument = "00"
    // SHA-256, SHA-384, SHA-512. Source: RFC 4880, section 9.4.
    static let strongHashes: Set = ["8", "9", "10"]
  }

  /// What is wrong with the signature itself.
  private var signatureProblem: String? {
    let count = all("NEWSIG").count
    if count > 1 { return "has \(count) signatures in one message, where one is expected" }
    if let bad = first("BADSIG") { return "was altered: it does not fit the key \(key(bad)) that it names" }
    if let expired = first("EXPKEYSIG") { return "was made by the key \(key(expired)), which expired\(expiry)" }
    if let revoked = first("REVKEYSIG") { return "was made by the key \(key(revoked)), which was revoked" }
    if let expired = first("EXPSIG") { return "by the key \(key(expired)) has expired" }
    if let missing = first("NO_PUBKEY") { return "was made by the key \(key(missing)), which is not trusted" }
    if let failed = first("ERRSIG") {
      return "by the key \(key(failed)) cannot be checked (a key from the future means that the clock is wrong)"
    }
    return nil
  }

  /// What is wrong with the message around it.
  private func structureProblem(_ code: Int, _ textBytes: Int) -> String? {
    if all("PLAINTEXT").isEmpty { return "is no signed OpenPGP message" }
    if all("NEWSIG").isEmpty { return "is cut short, or holds a text that nobody signed" }
    if all("PLAINTEXT").count > 1 || first("ERROR") != nil || first("FAILURE") != nil || first("UNEXPECTED") != nil {
      return "holds more than one text, or parts that do not belong together"
    }
    if first("NODATA") != nil { return "holds something beside the signed text" }
    if code != 0 { return "was refused by gpgv with status \(code)" }
    let length = first("PLAINTEXT_LENGTH")?.first
    return length == nil || length == String(textBytes) ? nil : "was read by gpgv only in part"
  }

  // The line stands for subkeys too, so a date counts only if there is no other.
  private var expiry: String {
    let dates = Set(all("KEYEXPIRED").compactMap { $0.first.flatMap { Int($0) } })
    return dates.count == 1 ? dates.first.map { " on \(Self.date($0))" } ?? "" : ""
  }

  private static func date(_ seconds: Int) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func pad(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(pad(parts.tm_mon + 1))-\(pad(parts.tm_mday))"
  }

  private func key(_ arguments: [String]) -> String { arguments.first ?? "?" }

  private func all(_ keyword: String) -> [[String]] { lines.filter { $0.keyword == keyword }.map(\.arguments) }

  private func first(_ keyword: String) -> [String]? { lines.first { $0.keyword == keyword }?.arguments }

  private func only(_ keyword: String) -> [String]? {
    let all = all(keyword)
    return all.count == 1 ? all[0] : nil
  }
}
