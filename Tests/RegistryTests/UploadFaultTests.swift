import Diagnostics
import Digests
import HTTPTransport
import OCI
import Registry
import SystemIO
import TestSupport
import Testing

/// A registry that keeps uploads in memory, and can be told to break.
private final class UploadDouble: Sendable {
  struct State {
    var content: [UInt8] = []
    var completed: [UInt8]?
    var sessions = 0
    var deleted = 0
  }

  let double: HTTPDouble
  let state: Shared<State>

  /// - Parameters:
  ///   - cut: After how many bytes of a body the connection is reset; what came is kept.
  ///   - fault: What is answered in place of what would be right.
  init(
    minimumChunk: Int? = nil,
    cut: @escaping @Sendable (HTTPDouble.Request) -> Int? = { _ in nil },
    fault: @escaping @Sendable (HTTPDouble.Request) -> HTTPDouble.Reply? = { _ in nil }
  ) throws {
    let state = Shared(State())
    self.state = state
    double = try HTTPDouble(cut: cut) { request in
      if let fault = fault(request) { return fault }
      return state.with { Self.answer(request, &$0, minimumChunk) }
    }
  }

  private static func answer(_ request: HTTPDouble.Request, _ state: inout State, _ minimumChunk: Int?)
    -> HTTPDouble.Reply
  {
    func progress(_ status: Int) -> HTTPDouble.Reply {
      var headers = ["Location": "/v2/app/blobs/uploads/\(state.sessions)?state=\(state.content.count)"]
      headers["Range"] = "0-\(max(0, state.content.count - 1))"
      if let minimumChunk { headers["OCI-Chunk-Min-Length"] = String(minimumChunk) }
      return .whole(status, headers)
    }
    switch request.method {
    case "POST":
      state.sessions += 1
      state.content = []
      return progress(202)
    case "PATCH":
      let range = "\(state.content.count)-\(state.content.count + request.body.count - 1)"
      guard request.headers["content-range"] == range else { return .whole(416) }
      state.content += request.body
      return progress(202)
    case "PUT":
      state.completed = state.content + request.body
      return .whole(201)
    case "DELETE":
      state.deleted += 1
      return .whole(204)
    case "GET" where request.path.contains("uploads"): return progress(204)
    case "GET": return .whole(200)
    default: return .whole(404)
    }
  }

  var now: State { state.with { $0 } }
}

/// Registries, and proxies before them, that break or refuse uploads.
@Suite(.timeLimit(.minutes(20)))
struct UploadFaultTests {
  private func client(_ upload: UploadDouble, retries: Int = 3) -> RegistryClient {
    RegistryClient(upload.double.address, options: doubleOptions(retries: retries))
  }

  @Test func aBrokenUploadStartsAgainInASessionOfItsOwn() async throws {
    let counter = Counter()
    let upload = try UploadDouble(cut: { $0.method == "PUT" && counter.next() == 0 ? 100_000 : nil })
    let blob = SampleBlob.random(3 << 20)
    try await client(upload).putBlob(blob, in: "app")
    #expect(upload.now.completed == blob.bytes)
    #expect(upload.now.sessions == 2)
    #expect(upload.now.deleted == 1)
  }

  @Test func aRefusalOfLargeBodiesLeadsToChunksThatAreRemembered() async throws {
    let limit = 100_000
    let upload = try UploadDouble(fault: { $0.body.count > limit ? .whole(413) : nil })
    let client = client(upload, retries: 0)
    for _ in 0..<2 {
      let blob = SampleBlob.random(400_000)
      try await client.putBlob(blob, in: "app")
      #expect(upload.now.completed == blob.bytes)
    }
    // Whole, then halves, which turn into quarters; the second blob goes in quarters at once.
    #expect(upload.now.sessions == 3)
    #expect(upload.double.requests.filter { $0.body.count > limit }.count == 2)
  }

  @Test func aRefusalOfTheLeastChunkIsFinal() async throws {
    let upload = try UploadDouble(fault: { $0.body.isEmpty ? nil : .whole(413) })
    let error = await #expect(throws: SealiftError.self) {
      try await client(upload).putBlob(SampleBlob.random(200_000), in: "app")
    }
    #expect(error?.code == .denied)
    #expect(error?.nextStep.contains("size limit") == true)
    #expect(upload.now.sessions == upload.now.deleted)
  }

  @Test func connectionsThatBreakOnLargeBodiesLeadToChunks() async throws {
    let upload = try UploadDouble(cut: { $0.method == "PUT" && $0.headers["content-length"] != "0" ? 1 << 20 : nil })
    let blob = SampleBlob.random(40 << 20)
    try await client(upload).putBlob(blob, in: "app")
    #expect(upload.now.completed == blob.bytes)
    #expect(upload.double.requests("PATCH").map(\.body.count) == [32 << 20, 8 << 20])
  }

  @Test func theLeastChunkOfTheRegistryIsKept() async throws {
    let upload = try UploadDouble(minimumChunk: 200_000)
    var options = doubleOptions()
    options.chunkBytes = 64 << 10
    let blob = SampleBlob.random(500_000)
    let client = RegistryClient(upload.double.address, options: options)
    try await client.putBlob(blob, in: "app")
    #expect(upload.double.requests("PATCH").map(\.body.count) == [200_000, 200_000, 100_000])
    let piped = try await client.startUpload(in: "app")
    for start in stride(from: 0, to: 500_000, by: 50_000) {
      try await piped.append(Array(blob.bytes[start..<start + 50_000]))
    }
    try await piped.finish(blob.descriptor.digest)
    #expect(upload.now.completed == blob.bytes)
    #expect(upload.double.requests("PATCH").map(\.body.count).suffix(3) == [200_000, 200_000, 100_000])
  }

  @Test(arguments: [
    "http://localhost:1/upload", "http://example.com/upload", "file:///etc/passwd", "https://user:x@127.0.0.1/",
  ])
  func anUploadDoesNotGoToPlacesThatAreNotAllowed(location: String) async throws {
    let upload = try UploadDouble(fault: { $0.method == "POST" ? .whole(202, ["Location": location]) : nil })
    let error = await #expect(throws: SealiftError.self) {
      try await client(upload).putBlob(SampleBlob.random(10), in: "app")
    }
    #expect(error?.code == .protocol)
  }

  @Test func credentialsDoNotFollowAnUploadToAnotherOrigin() async throws {
    let store = try HTTPDouble { _ in .whole(201) }
    let address = store.address
    let upload = try UploadDouble(fault: { request in
      if request.headers["authorization"] == nil { return .whole(401, ["WWW-Authenticate": "Basic realm=\"x\""]) }
      return request.method == "POST" ? .whole(202, ["Location": "http://\(address)/store?signature=x"]) : nil
    })
    var options = doubleOptions()
    options.credentials = FixedCredentials()
    let blob = SampleBlob.random(10)
    try await RegistryClient(upload.double.address, options: options).putBlob(blob, in: "app")
    #expect(store.requests.map(\.body) == [blob.bytes])
    #expect(store.requests.first?.headers["authorization"] == nil)
    #expect(
      store.requests.first?.target
        == "/store?signature=x&digest=\(blob.descriptor.digest.description.replacing(":", with: "%3a"))")
  }

  @Test(arguments: [0, 1, 20_000])
  func aPipedUploadGoesOnWhereTheRegistryIs(kept: Int) async throws {
    let counter = Counter()
    let box = Shared<UploadDouble?>(nil)
    let blob = SampleBlob.random(90_000)
    // The second chunk breaks; the registry kept a part of it.
    let upload = try UploadDouble(cut: { request in
      guard request.method == "PATCH", counter.next() == 1 else { return nil }
      box.with { $0?.state.with { $0.content += blob.bytes[30_000..<30_000 + kept] } }
      return 25_000
    })
    box.with { $0 = upload }
    let piped = try await client(upload).startUpload(in: "app")
    for start in stride(from: 0, to: 90_000, by: 30_000) {
      try await piped.append(Array(blob.bytes[start..<start + 30_000]))
    }
    try await piped.finish(blob.descriptor.digest)
    #expect(upload.now.completed == blob.bytes)
    #expect(upload.now.sessions == 1)
    box.with { $0 = nil }
  }

  @Test func aPipedUploadIsSplitWhereChunksAreTooLarge() async throws {
    let upload = try UploadDouble(fault: { $0.body.count > 100_000 ? .whole(413) : nil })
    let blob = SampleBlob.random(500_000)
    let piped = try await client(upload, retries: 0).startUpload(in: "app")
    try await piped.append(blob.bytes)
    try await piped.finish(blob.descriptor.digest)
    #expect(upload.now.completed == blob.bytes)
  }

  @Test func aPipedUploadThatIsLostSaysToRunAgain() async throws {
    let counter = Counter()
    let upload = try UploadDouble(fault: { request in
      request.path.contains("uploads/1") && request.method != "DELETE" && counter.next() > 0 ? .whole(404) : nil
    })
    let piped = try await client(upload).startUpload(in: "app")
    try await piped.append([1, 2, 3])
    let error = await #expect(throws: SealiftError.self) { try await piped.append([4, 5, 6]) }
    #expect(error?.code == .again)
    #expect(error?.nextStep.contains("run the same command again") == true)
    await #expect(throws: SealiftError.self) { try await piped.append([7]) }
    #expect(upload.now.deleted == 1)
  }

  @Test func aCompletionWhoseAnswerIsLostIsLookedFor() async throws {
    let upload = try UploadDouble(fault: { request in
      switch request.method {
      case "PUT": .reset
      case "HEAD": .whole(200, ["Content-Length": "3"])
      default: nil
      }
    })
    let piped = try await client(upload).startUpload(in: "app")
    try await piped.append([1, 2, 3])
    try await piped.finish(SHA256Hasher.digest(of: [1, 2, 3]))
    #expect(upload.double.requests("HEAD").count == 1)
  }

  @Test(arguments: [nil, 64 << 10], [0, 1])
  func whereEverySecondRequestFailsAllIsSentAllTheSame(chunkBytes: Int?, first: Int) async throws {
    let counter = Counter()
    let upload = try UploadDouble(fault: { request in
      request.path != "/v2/" && counter.next() % 2 == first ? .whole(503) : nil
    })
    var options = doubleOptions(retries: 5)
    options.persistence.firstPause = .milliseconds(1)
    options.chunkBytes = chunkBytes
    let client = RegistryClient(upload.double.address, options: options)
    let blob = SampleBlob.random(300_000)
    try await client.putBlob(blob, in: "app")
    #expect(upload.now.completed == blob.bytes)
    let piped = try await client.startUpload(in: "app")
    for start in stride(from: 0, to: 300_000, by: 60_000) {
      try await piped.append(Array(blob.bytes[start..<start + 60_000]))
    }
    try await piped.finish(blob.descriptor.digest)
    #expect(upload.now.completed == blob.bytes)
  }

  @Test func aChunkOfAFileThatBreaksIsSentAgainFromWhereTheRegistryIs() async throws {
    let counter = Counter()
    let upload = try UploadDouble(cut: { $0.method == "PATCH" && counter.next() == 2 ? 30_000 : nil })
    var options = doubleOptions()
    options.chunkBytes = 64 << 10
    let blob = SampleBlob.random(300_000)
    try await RegistryClient(upload.double.address, options: options).putBlob(blob, in: "app")
    #expect(upload.now.completed == blob.bytes)
    #expect(upload.now.sessions == 1)
  }

  @Test func anUploadInChunksThatIsLostStartsAgain() async throws {
    let counter = Counter()
    let upload = try UploadDouble(fault: { request in
      request.path.hasSuffix("uploads/1") && request.method != "DELETE" && counter.next() > 0 ? .whole(404) : nil
    })
    var options = doubleOptions()
    options.chunkBytes = 64 << 10
    let blob = SampleBlob.random(300_000)
    try await RegistryClient(upload.double.address, options: options).putBlob(blob, in: "app")
    #expect(upload.now.completed == blob.bytes)
    #expect(upload.now.sessions == 2)
  }

  @Test(arguments: ["0-100000", "bytes=0-99999", nil]) func theRangeOfAChunkIsReadAsItIsMeant(range: String?)
    async throws
  {
    let upload = try UploadDouble(fault: { request in
      guard request.method == "PATCH" else { return nil }
      return .whole(202, range.map { ["Range": $0] } ?? [:])
    })
    var options = doubleOptions(retries: 0)
    options.chunkBytes = 100_000
    try await RegistryClient(upload.double.address, options: options).putBlob(SampleBlob.random(100_000), in: "app")
    #expect(upload.double.requests("PATCH").count == 1)
  }
}
