internal import Digests

extension BundleIndex {
  /// Whether a text is a time as an index has it: `YYYY-MM-DDThh:mm:ssZ`, of a day that there is.
  public static func isTime(_ text: String) -> Bool {
    let form = "dddd-dd-ddTdd:dd:ddZ"
    guard text.utf8.count == form.utf8.count else { return false }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard zip(text.utf8, form.utf8).allSatisfy({ $1 == UInt8(ascii: "d") ? digits.contains($0) : $0 == $1 }) else {
      return false
    }
    let numbers = text.split { "-T:Z".contains($0) }.compactMap { Int($0) }
    let (year, month) = (numbers[0], numbers[1])
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...12).contains(month) && (1...days[month - 1]).contains(numbers[2]) && numbers[3] < 24
      && numbers[4] < 60 && numbers[5] < 60
  }

  /// Whether a text can be the base of an image that was built: a reference, `@`, and a digest.
  static func isBase(_ text: String) -> Bool {
    guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return false }
    return (try? Digest(String(text[text.index(after: at)...]))) != nil
  }

  /// Whether a text is a platform as an index has it: two or three words between slashes, none of them empty.
  public static func isPlatform(_ text: String) -> Bool {
    // There can be 262,144.
    var words = 1
    var length = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "/"), length > 0 {
        words += 1
        length = 0
      } else {
        length += 1
        guard byte != UInt8(ascii: "/"), (0x21...0x7E).contains(byte), length <= 100 else { return false }
      }
    }
    return length > 0 && (2...3).contains(words)
  }
}
