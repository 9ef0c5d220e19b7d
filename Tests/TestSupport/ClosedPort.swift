internal import Glibc

/// A TCP port on the loopback address at which nobody listens, and nobody else can, as long as this object lives.
public final class ClosedPort: Sendable {
  /// The port.
  public let number: Int

  private let descriptor: CInt

  /// Takes a port that nobody uses.
  public init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    number = try Loopback.bind(descriptor)
  }

  deinit { close(descriptor) }
}
