internal import Diagnostics
internal import Glibc
internal import HTTPTransport
internal import JSON
internal import SystemIO

/// A program `docker-credential-NAME` that keeps credentials.
///
/// Source: docker/docker-credential-helpers, README, "Development".
struct CredentialHelper {
  // Some ask a person, or a cloud; none should hold up a run for good.
  private static let patience: Duration = .seconds(60)
  private static let maximumReplyBytes = 64 << 10

  let name: String
  let environment: [String: String]

  /// Asks for a credential; blocks.
  ///
  /// - Returns: `nil` if the helper has none.
  func credential(for server: String) throws(SealiftError) -> Credential? {
    let (reply, status) = try run(server)
    guard status == 0 else {
      // Both of the phrases that helpers use when they have nothing.
      let said = String(decoding: reply, as: UTF8.self)
      if said.contains("credentials not found") || said.contains("credentials server URL") { return nil }
      throw failure("failed with status \(status)")
    }
    let value = try JSONReader.value(reply, source: "the reply of docker-credential-\(name)", code: .configuration)
    guard let user = value["Username"]?.text, let secret = value["Secret"]?.text else {
      throw failure("gave no user name and secret for \(server)")
    }
    if secret.isEmpty { return nil }
    return user == "<token>" ? .identityToken(Secret(secret)) : .password(user: user, Secret(secret))
  }

  private func run(_ server: String) throws(SealiftError) -> (reply: [UInt8], status: Int) {
    let (process, output) = try start(server)
    do throws(SealiftError) {
      let reply = try read(output)
      return (reply, process.waitForStatus())
    } catch {
      process.signal(SIGKILL)
      _ = process.waitForStatus()
      throw error
    }
  }

  /// Starts the helper; on return only its own ends of the pipes are open beside the one that is handed out.
  private func start(_ server: String) throws(SealiftError) -> (ChildProcess, output: File) {
    let program = try find()
    let input = try File.pipe()
    let output = try File.pipe()
    let process = try ChildProcess(program, ["get"], environment: environment, input: input.read, output: output.write)
    // A helper that does not listen has ended, and its status tells why.
    try? input.write.write(Array("\(server)\n".utf8))
    return (process, output.read)
  }

  private func read(_ output: File) throws(SealiftError) -> [UInt8] {
    let deadline = ContinuousClock.now + Self.patience
    var reply: [UInt8] = []
    while reply.count <= Self.maximumReplyBytes {
      let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
      var poller = pollfd(fd: output.descriptor, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&poller, 1, CInt(left)) != 0 else {
        throw failure("did not answer within \(Self.patience)")
      }
      var failed: SealiftError?
      let chunk = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
        do throws(SealiftError) { filled = try output.read(into: UnsafeMutableRawBufferPointer(buffer)) } catch {
          failed = error
        }
      }
      if let failed { throw failed }
      if chunk.isEmpty { return reply }
      reply += chunk
    }
    throw failure("answered with more than \(Self.maximumReplyBytes.asBytes)")
  }

  private func find() throws(SealiftError) -> String {
    let program = "docker-credential-\(name)"
    guard !name.contains("/") else { throw failure("is not a program's name") }
    let path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    let found = path.split(separator: ":").map { "\($0)/\(program)" }.first { (path: String) in access(path, X_OK) == 0
    }
    guard let found else { throw failure("is not installed") }
    return found
  }

  private func failure(_ problem: String) -> SealiftError {
    SealiftError(
      .configuration, "the credential helper docker-credential-\(name) \(problem)",
      nextStep: "repair it, or name another credentials file with --authfile")
  }
}
