internal import Glibc

/// Times as a bundle writes them.
public enum Timestamp {
  /// Seconds since 1970.
  public static var now: Int { time(nil) }

  /// `YYYY-MM-DDThh:mm:ssZ`.
  public static func text(_ seconds: Int) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func pad(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(parts.tm_year + 1900)-\(pad(parts.tm_mon + 1))-\(pad(parts.tm_mday))"
    return "\(date)T\(pad(parts.tm_hour)):\(pad(parts.tm_min)):\(pad(parts.tm_sec))Z"
  }
}
