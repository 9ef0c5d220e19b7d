import Diagnostics
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// A registry that asks for a user name and a password, as `htpasswd` keeps them.
@Suite(
  .enabled(if: RegistryServer.program != nil, Comment(rawValue: RegistryServer.reason)),
  .enabled(if: hasTool("htpasswd"), "htpasswd (apache2-utils) is not installed"), .timeLimit(.minutes(20)))
struct PasswordTests {
  private func server(_ directory: TemporaryDirectory) throws -> RegistryServer {
    let result = try runTool("htpasswd", ["-cbBC", "4", directory("htpasswd"), "user", "canary-password"])
    #expect(result.status == 0)
    var options = RegistryServer.Options()
    options.passwords = directory("htpasswd")
    return try RegistryServer(options)
  }

  private func client(_ server: RegistryServer, _ directory: TemporaryDirectory, password: String) throws
    -> RegistryClient
  {
    let entry = #"{"auths": {"\#(server.address)": {"username": "user", "password": "\#(password)"}}}"#
    try FileSystem.write(Array(entry.utf8), to: directory("auth.json"))
    var options = plainOptions()
    options.credentials = try Credentials(authFile: directory("auth.json"), environment: [:])
    return RegistryClient(server.address, options: options)
  }

  @Test func theRightPasswordOpensTheRegistry() async throws {
    let directory = try TemporaryDirectory()
    let server = try server(directory)
    try await roundTrip(try client(server, directory, password: "canary-password"))
  }

  @Test func aWrongPasswordIsRefusedAtOnce() async throws {
    let directory = try TemporaryDirectory()
    let server = try server(directory)
    let client = try client(server, directory, password: "canary-wrong")
    let error = await #expect(throws: SealiftError.self) { try await client.manifest(.tag("v1"), in: "app") }
    #expect(error?.code == .denied)
    #expect(error?.nextStep.contains("log in to \(server.address)") == true)
    #expect(error?.description.contains("canary") == false)
  }

  @Test func anonymousUsersAreToldToLogIn() async throws {
    let directory = try TemporaryDirectory()
    let server = try server(directory)
    let client = RegistryClient(server.address, options: plainOptions())
    let error = await #expect(throws: SealiftError.self) { try await client.putBlob(SampleBlob.random(9), in: "app") }
    #expect(error?.code == .denied)
  }
}
