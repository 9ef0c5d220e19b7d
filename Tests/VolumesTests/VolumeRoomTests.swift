import Diagnostics
import SystemIO
import Testing
import Volumes

/// What is checked of the file system before a layer moves.
@Suite struct VolumeRoomTests {
  private static let fat = 0x4d44
  private static let ext4 = 0xEF53

  @Test func refusesAFileThatFATCannotHold() {
    let volume = Volume(freeBytes: 1 << 40, type: Self.fat)
    #expect(throws: Never.self) { try volume.checkRoom(for: (4 << 30) - 1, at: "usb/a.tar.zst", present: 0) }
    let error = #expect(throws: SealiftError.self) {
      try volume.checkRoom(for: 4 << 30, at: "usb/a.tar.zst", present: 0)
    }
    #expect(error?.code == .storage)
    #expect(
      error?.problem
        == "the bundle needs 4 GiB (4294967296 bytes) in one file, and usb/a.tar.zst is on FAT, where a file holds 4 GiB"
    )
    #expect(error?.nextStep.contains("--volume-size fat32") == true)
    #expect(throws: Never.self) {
      try volume.checkRoom(for: 8 << 30, at: "usb/a.tar.zst", present: 0, largestFile: (4 << 30) - 1)
    }
  }

  @Test func namesTheMissingBytes() {
    let volume = Volume(freeBytes: 10 << 20, type: Self.ext4)
    #expect(throws: Never.self) { try volume.checkRoom(for: 30 << 20, at: "a.tar.zst", present: 20 << 20) }
    let error = #expect(throws: SealiftError.self) {
      try volume.checkRoom(for: 30 << 20, at: "a.tar.zst", present: 5 << 20)
    }
    #expect(error?.problem.hasSuffix("has 10 MiB free: 15 MiB are missing") == true)
    #expect(error?.nextStep.isEmpty == false)
  }

  @Test func onlyFileSystemsWithHolesAreWrittenInAnyOrder() {
    #expect(Volume(freeBytes: 0, type: Self.ext4).hasHoles)
    #expect(!Volume(freeBytes: 0, type: Self.fat).hasHoles)
    #expect(!Volume(freeBytes: 0, type: 0x2011_BAB0).hasHoles)
  }
}
