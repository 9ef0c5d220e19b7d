internal import Diagnostics
internal import Glibc
internal import SystemIO

/// Sockets on the loopback address.
enum Loopback {
  /// Binds a socket to a port that the system chooses.
  static func bind(_ descriptor: CInt) throws -> Int {
    var address = address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        Glibc.bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    guard isBound else { throw SealiftError.system("cannot find a free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Connects a socket to a port.
  ///
  /// - Returns: Whether something listens there.
  static func connect(_ descriptor: CInt, to port: Int) -> Bool {
    var address = address(port: port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    return address
  }
}

/// Runs `body` on a thread of its own: servers must go on while tests block the threads of the concurrency pool.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
      return nil
    },
    Unmanaged.passRetained(Box(body)).toOpaque())
  precondition(status == 0, "pthread_create failed with \(status)")
  pthread_detach(thread)
}
