import Glibc
import SystemIO
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct InterruptionTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: zip([SIGINT, SIGTERM], [130, 143]))
  func aSignalStopsATransferAndSaysHowToGoOn(signal: CInt, status: Int32) throws {
    let server = try SilentServer()
    let terminal = try pack(from: server)
    server.waitForClient()
    kill(terminal.process, signal)
    #expect(terminal.end() == status, "\(terminal.screen)")
    #expect(terminal.screen.contains("note: stopping"))
    #expect(terminal.screen.contains("interrupted\r\n  next: run the same command again: it goes on where it was"))
    #expect(!FileSystem.exists(directory("out.tar.zst")))
  }

  @Test func controlCReachesIt() throws {
    let server = try SilentServer()
    let terminal = try pack(from: server)
    server.waitForClient()
    terminal.type("\u{3}")
    #expect(terminal.end() == 130)
  }

  @Test func aCommandThatOnlyReadsEndsAtOnce() throws {
    #expect(mkfifo(directory("pipe"), 0o600) == 0)
    // Open at both ends, so that the command waits for bytes and not for a writer.
    let pipe = try File(directory("pipe"), .update)
    let terminal = try PseudoTerminal(
      "sh", ["-c", "exec \(builtProgram) inspect - < \(pipe.path)"], environment: ["NO_COLOR=1"])
    try pipe.write([0x28, 0xB5, 0x2F])
    var unread: CInt = 3
    while unread > 0, ioctl(pipe.descriptor, UInt(FIONREAD), &unread) == 0 { sched_yield() }
    terminal.type("\u{3}")
    #expect(terminal.end() == 130)
    #expect(terminal.screen.contains("error: interrupted\r\n  next: run the command again"))
  }

  private func pack(from server: SilentServer) throws -> PseudoTerminal {
    try PseudoTerminal(
      builtProgram,
      [
        "pack", "--image", "127.0.0.1:\(server.port)/app:1", "--src-tls-verify=false", "--unsigned", "-o",
        directory("out.tar.zst"),
      ])
  }
}

/// Takes connections and never says a word, as no real server does.
private final class SilentServer {
  let port: UInt16
  private let socket: CInt
  private var client: CInt = -1

  init() throws {
    socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let socket = socket
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && listen(socket, 8) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    try #require(isBound)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    close(client)
    close(socket)
  }

  func waitForClient() { client = accept(socket, nil, nil) }
}
