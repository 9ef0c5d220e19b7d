internal import Diagnostics
internal import Glibc
internal import SystemIO

/// A TCP relay on the loopback address in front of a server, which a test can hold at an exact number of bytes.
///
/// What is done to a client while the relay holds is done at the same point on every machine, however fast it is.
public final class Relay: Sendable {
  /// Which way bytes go.
  public enum Direction: Sendable, CaseIterable {
    /// Answers, and the blobs of a download.
    case toClient
    /// Requests, and the blobs of an upload.
    case toServer
  }

  /// The port on the loopback address.
  public let port: Int
  private let traffic: Traffic
  private let listener: CInt

  /// Starts to relay to a port of the loopback address.
  public init(to server: Int) throws {
    listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    port = try Loopback.bind(listener)
    guard listen(listener, 64) == 0 else { throw SealiftError.system("cannot listen") }
    traffic = Traffic()
    let (listener, traffic) = (listener, traffic)
    startThread {
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        traffic.relay(client, to: server)
      }
    }
  }

  deinit {
    traffic.cut()
    shutdown(listener, CInt(SHUT_RDWR))
    close(listener)
  }

  /// `127.0.0.1:port`.
  public var address: String { "127.0.0.1:\(port)" }

  /// How many bytes have gone one way.
  public func bytes(_ direction: Direction) -> Int { traffic.state.withLock { $0.flowed[direction] ?? 0 } }

  /// Lets no byte pass in a direction once `bytes` more have.
  public func hold(_ direction: Direction, after bytes: Int) {
    traffic.state.withLock { $0.limit[direction] = ($0.flowed[direction] ?? 0) + bytes }
  }

  /// Waits until bytes are held back, or `ended` says that none will come.
  ///
  /// - Returns: Whether the relay holds.
  public func waitUntilHolding(unless ended: () -> Bool) -> Bool {
    while true {
      if traffic.state.withLock({ $0.isHolding }) { return true }
      if ended() { return traffic.state.withLock { $0.isHolding } }
      // The end of another process gives nothing to wait on.
      usleep(2000)
    }
  }

  /// Lets everything pass again.
  public func release() {
    traffic.state.withLock { state in
      state.limit = [:]
      state.isHolding = false
    }
  }

  /// Ends all connections, and each new one at once, as if the server were gone.
  public func cut() { traffic.cut() }

  /// Lets new connections through again.
  public func restore() { traffic.state.withLock { $0.isCut = false } }
}

/// What the threads of a relay share.
private final class Traffic: Sendable {
  struct State {
    var flowed: [Relay.Direction: Int] = [:]
    var limit: [Relay.Direction: Int] = [:]
    var isHolding = false
    var isCut = false
    var open: Set<CInt> = []
  }

  let state = Monitor(State())

  func relay(_ client: CInt, to port: Int) {
    let server = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    let isOpen =
      Loopback.connect(server, to: port)
      && state.withLock { state in
        if !state.isCut { state.open.formUnion([client, server]) }
        return !state.isCut
      }
    guard isOpen else {
      close(client)
      close(server)
      return
    }
    let pair = Pair(client, server)
    startThread { [self] in pump(.toServer, from: client, to: server, pair) }
    startThread { [self] in pump(.toClient, from: server, to: client, pair) }
  }

  func cut() {
    state.withLock { state in
      state.isCut = true
      for descriptor in state.open { shutdown(descriptor, CInt(SHUT_RDWR)) }
    }
  }

  private func pump(_ direction: Relay.Direction, from source: CInt, to sink: CInt, _ pair: Pair) {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(source, &buffer, buffer.count)
      guard count > 0, pass(buffer[..<count], direction, to: sink) else { break }
    }
    shutdown(source, CInt(SHUT_RDWR))
    shutdown(sink, CInt(SHUT_RDWR))
    // A number is given back only when neither thread uses it any more.
    guard pair.isLast else { return }
    state.withLock { $0.open.subtract(pair.descriptors) }
    pair.descriptors.forEach { close($0) }
  }

  private func pass(_ bytes: ArraySlice<UInt8>, _ direction: Relay.Direction, to sink: CInt) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = room(rest.count, direction)
      if count == 0 { return false }
      let sent = rest.withUnsafeBytes { send(sink, $0.baseAddress, count, CInt(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// How many of `wanted` bytes may pass; waits while none may. 0 when the relay is cut.
  private func room(_ wanted: Int, _ direction: Relay.Direction) -> Int {
    let left = { (state: State) in (state.limit[direction] ?? .max) - (state.flowed[direction] ?? 0) }
    state.withLock { if left($0) <= 0 { $0.isHolding = true } }
    return state.withLock(when: { $0.isCut || left($0) > 0 }) { state in
      if state.isCut { return 0 }
      let count = min(wanted, left(state))
      state.flowed[direction, default: 0] += count
      return count
    }
  }
}

/// The two sockets of one connection, which two threads use.
private final class Pair: Sendable {
  let descriptors: [CInt]
  private let users = Monitor(2)

  init(_ client: CInt, _ server: CInt) { descriptors = [client, server] }

  /// Called by each thread at its end: whether it is the last.
  var isLast: Bool {
    users.withLock { users in
      users -= 1
      return users == 0
    }
  }
}
