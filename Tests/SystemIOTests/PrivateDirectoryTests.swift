import SystemIO
import TestSupport
import Testing

@Suite struct PrivateDirectoryTests {
  @Test func runsThatStartTogetherLeaveEachOtherTheirDirectories() async throws {
    let parent = try TemporaryDirectory()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          let directory = try PrivateDirectory(in: parent.path)
          #expect(FileSystem.isDirectory(directory.path))
          withExtendedLifetime(directory) {}
        }
      }
      try await group.waitForAll()
    }
    #expect(try FileSystem.list(parent.path) == [])
  }
}
