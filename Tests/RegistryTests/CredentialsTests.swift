import Diagnostics
import Glibc
import HTTPTransport
import Registry
import SystemIO
import TestSupport
import Testing

@Suite struct CredentialsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func file(_ text: String, _ name: String = "auth.json") throws -> String {
    try FileSystem.makeDirectory(FileSystem.parent(of: directory(name)))
    try FileSystem.write(Array(text.utf8), to: directory(name))
    return directory(name)
  }

  private func helper(_ name: String, _ script: String) throws {
    let path = try file("#!/bin/sh\n\(script)\n", "bin/docker-credential-\(name)")
    chmod(path, 0o755)
  }

  private var environment: [String: String] { ["PATH": "\(directory("bin")):/usr/bin:/bin", "HOME": directory.path] }

  @Test(arguments: [
    ("quay.io", "team/app", "path"), ("quay.io", "team/app/deep", "path"), ("quay.io", "other/app", "host"),
    ("docker.io", "library/nginx", "hub"), ("registry.local:5000", "a", "port"), ("legacy.example", "a", "legacy"),
  ])
  func theLongestMatchingNameCounts(registry: String, repository: String, user: String) throws {
    // base64 of path:secret, host:secret, hub:se:cret, port:secret, legacy:secret
    let path = try file(
      """
      {"auths": {"quay.io": {"auth": "aG9zdDpzZWNyZXQ="}, "quay.io/team/app": {"auth": "cGF0aDpzZWNyZXQ="},
        "https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldA=="}, "registry.local:5000": {"auth": "cG9ydDpzZWNyZXQ="},
        "https://legacy.example/v2/": {"auth": "bGVnYWN5OnNlY3JldA=="}, "empty.example": {}}}
      """)
    let credentials = try Credentials(authFile: path, environment: [:])
    let found = try credentials.credential(for: registry, repository: repository)
    #expect(found == .password(user: user, Secret("secret")))
    #expect(try credentials.credential(for: "empty.example", repository: "a") == nil)
    #expect(try credentials.credential(for: "quay.io.evil.example", repository: "team/app") == nil)
  }

  @Test func identityTokensArePreferred() throws {
    let path = try file(#"{"auths": {"r.example": {"auth": "aDpz", "identitytoken": "abc"}}}"#)
    let credentials = try Credentials(authFile: path, environment: [:])
    #expect(try credentials.credential(for: "r.example", repository: "a") == .identityToken(Secret("abc")))
  }

  @Test func theUsualFilesAreLookedAtInOrder() throws {
    func entry(_ user: String) -> String { #"{"auths": {"r.example": {"username": "\#(user)", "password": "x"}}}"# }
    var environment = environment
    environment["XDG_RUNTIME_DIR"] = directory("run")
    let places = [
      (".docker/config.json", "docker"), (".config/containers/auth.json", "config"),
      ("run/containers/auth.json", "run"),
    ]
    for (name, user) in places {
      _ = try file(entry(user), name)
      let found = try Credentials(authFile: nil, environment: environment).credential(for: "r.example", repository: "a")
      #expect(found == .password(user: user, Secret("x")))
    }
    environment["REGISTRY_AUTH_FILE"] = try file(entry("named"), "named.json")
    let named = try Credentials(authFile: nil, environment: environment).credential(for: "r.example", repository: "a")
    #expect(named == .password(user: "named", Secret("x")))
    let given = try Credentials(authFile: try file(entry("given"), "given.json"), environment: environment)
    #expect(try given.credential(for: "r.example", repository: "a") == .password(user: "given", Secret("x")))
  }

  @Test(arguments: [
    #"{"auths":{"R.example":{"auth":"aDpz"}}}"#, #"{"auths":{"r.example/":{"auth":"aDpz\n"}}}"#,
    #"{"auths":{"http://r.example":{"auth":" aD\r\npz ","email":null,"identitytoken":""}}}"#,
    #"{"auths":{"https://r.example/v1/":{"auth":"aDpz"}},"credsStore":"","credHelpers":{"r.example":""}}"#,
    #"{"auths":{"r.example":{"auth":"","username":"h","password":"s"},"empty.example":{"auth":null}}}"#,
    #"{"r.example":{"auth":"aDpz","email":"x@example.com"}}"#, #"{"https://r.example/v1/":{"auth":"aDpz"}}"#,
  ])
  func filesAreReadAsPeopleAndTheirToolsWriteThem(text: String) throws {
    let lines = text.replacing(",", with: ",\r\n")
    var forms: [[UInt8]] = [Array(text.utf8), Array("\u{FEFF}\(lines)\r\n".utf8), [0xFF, 0xFE], [0xFE, 0xFF]]
    for unit in lines.utf16 {
      let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
      forms[2] += [low, high]
      forms[3] += [high, low]
    }
    for bytes in forms {
      try FileSystem.write(bytes, to: directory("auth.json"))
      let credentials = try Credentials(authFile: directory("auth.json"), environment: environment)
      for registry in ["r.example", "R.Example"] {
        let found = try credentials.credential(for: registry, repository: "a")
        #expect(found == .password(user: "h", Secret("s")), "\(text)")
      }
      #expect(try credentials.credential(for: "other.example", repository: "a") == nil)
    }
  }

  @Test func theOldestFileOfDockerIsLookedAtLast() throws {
    _ = try file(#"{"r.example":{"auth":"aDpz"},"s.example":{"auth":"aDpz"}}"#, ".dockercfg")
    _ = try file(#"{"auths":{"r.example":{"username":"new","password":"s"}}}"#, ".docker/config.json")
    let credentials = try Credentials(authFile: nil, environment: environment)
    #expect(try credentials.credential(for: "r.example", repository: "a") == .password(user: "new", Secret("s")))
    #expect(try credentials.credential(for: "s.example", repository: "a") == .password(user: "h", Secret("s")))
  }

  @Test func aSecretOfAClusterIsToldFromTheFileInIt() throws {
    let path = try file(#"{"kind":"Secret","apiVersion":"v1","data":{".dockerconfigjson":"e30="}}"#)
    let error = #expect(throws: SealiftError.self) { try Credentials(authFile: path, environment: [:]) }
    #expect(error?.code == .configuration)
    #expect(error?.nextStep.contains("oc extract secret/pull-secret") == true)
  }

  @Test func aNamedFileMustExist() throws {
    let error = #expect(throws: SealiftError.self) {
      try Credentials(authFile: directory("none.json"), environment: [:])
    }
    #expect(error?.code == .notFound)
  }

  @Test(arguments: [
    #"{"auths": {"r.example": {"auth": "!!!"}}}"#, #"{"auths": {"r.example": {"auth": "bm9jb2xvbg=="}}}"#, "[", "{}x",
  ])
  func aBrokenFileIsNamed(text: String) throws {
    let path = try file(text)
    let error = #expect(throws: SealiftError.self) { try Credentials(authFile: path, environment: [:]) }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains(path) == true)
  }

  @Test func helpersAreAsked() throws {
    try helper("one", #"read server; echo "{\"ServerURL\":\"$server\",\"Username\":\"u\",\"Secret\":\"for $server\"}""#)
    try helper("two", #"read server; echo '{"Username":"<token>","Secret":"t"}'"#)
    try helper("none", "echo credentials not found in native keychain; exit 1")
    let path = try file(
      """
      {"auths": {"three.example": {"auth": "aDpz"}},
       "credHelpers": {"one.example": "one", "docker.io": "one", "none.example": "none"}, "credsStore": "two"}
      """)
    let credentials = try Credentials(authFile: path, environment: environment)
    func found(_ registry: String) throws -> Credential? {
      try credentials.credential(for: registry, repository: "a/b")
    }
    #expect(try found("one.example") == .password(user: "u", Secret("for one.example")))
    #expect(try found("docker.io") == .password(user: "u", Secret("for https://index.docker.io/v1/")))
    #expect(try found("none.example") == nil)
    #expect(try found("three.example") == .password(user: "h", Secret("s")))
    #expect(try found("other.example") == .identityToken(Secret("t")))
  }

  @Test(arguments: [
    ("exit 3", "failed with status 3"), ("echo '{}'", "gave no user name"), ("yes", "answered with more than 64 KiB"),
    (nil, "is not installed"),
  ])
  func aHelperThatFailsIsNamed(script: String?, problem: String) throws {
    if let script { try helper("bad", script) }
    let path = try file(#"{"credHelpers": {"r.example": "bad"}}"#)
    let credentials = try Credentials(authFile: path, environment: environment)
    let error = #expect(throws: SealiftError.self) { try credentials.credential(for: "r.example", repository: "a") }
    #expect(error?.code == .configuration)
    #expect(error?.problem.contains("docker-credential-bad \(problem)") == true)
  }

  @Test func aHelperInheritsNoOpenFiles() throws {
    // Without O_CLOEXEC, as libraries open their sockets.
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    try helper("nosy", "[ -e /proc/self/fd/\(descriptor) ] && exit 9; echo '{\"Username\":\"u\",\"Secret\":\"s\"}'")
    let credentials = try Credentials(authFile: try file(#"{"credsStore": "nosy"}"#), environment: environment)
    #expect(try credentials.credential(for: "r.example", repository: "a") == .password(user: "u", Secret("s")))
  }

  @Test func aSecretNeverShowsItself() {
    let credential = Credential.password(user: "user", Secret("canary"))
    var text = "\(credential) \(String(reflecting: credential))"
    dump(credential, to: &text)
    #expect(!text.contains("canary"))
  }
}
