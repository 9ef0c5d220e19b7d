import Glibc
import SystemIO

/// The memory of this process, as Linux tells it.
enum Memory {
  /// Whether the peak can be set back.
  static var canReset: Bool { (try? resetPeak()) != nil }

  /// The most that was resident since the peak was set back, in bytes.
  static var peak: Int? { field("VmHWM:") }

  /// Sets the peak back to what is resident now.
  ///
  /// - Returns: That, in bytes.
  @discardableResult
  static func resetPeak() throws -> Int {
    // The file can only be written.
    let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    try File(descriptor: descriptor, path: "/proc/self/clear_refs").write(Array("5".utf8))
    return field("VmRSS:") ?? 0
  }

  private static func field(_ name: String) -> Int? {
    guard let status = try? FileSystem.read("/proc/self/status", limit: 1 << 16) else { return nil }
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
  }
}
